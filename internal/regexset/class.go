package regexset

import (
	"bytes"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// class is a set of runes as one instruction of a regular expression accepts
// it. A byte that is not UTF-8 reads as U+FFFD of width 1, as in package regexp.
type class struct {
	// lead holds the bytes that an accepted rune may begin with: exact below
	// 0x80; above, all or none of them.
	lead byteSet
	// some is set when the class has runes above 0x7f, but not all of them.
	some *syntax.Inst
	// stop is the only byte that ends a run, -1 when there is none or more than one.
	stop int
	// bytewise tells that a run of accepted runes is one of bytes in lead, and has no stop.
	bytewise bool
	// table is lead, looked up faster.
	table *byteTable
}

func newClass(in syntax.Inst) *class {
	c := new(class)
	for b := range byte(utf8.RuneSelf) {
		if in.MatchRune(rune(b)) {
			c.lead.add(b)
		}
	}
	some, all := highRunes(&in)
	if some {
		c.lead.union(&highBytes)
		if !all {
			c.some = &in // a copy, lest the class keep the whole program
		}
	}
	c.stop = -1
	if c.lead.len() == 255 && c.some == nil {
		for c.stop = 0; c.lead.has(byte(c.stop)); c.stop++ {
		}
	}
	c.bytewise = c.some == nil && c.stop < 0
	c.table = newByteTable(&c.lead, &byteSet{})
	return c
}

// highRunes tells whether in accepts some, and whether all, of the runes above 0x7f.
func highRunes(in *syntax.Inst) (some, all bool) {
	n := len(in.Rune)
	if n == 0 {
		return false, false
	}
	if n > 1 {
		return in.Rune[n-1] >= utf8.RuneSelf,
			in.Rune[n-2] <= utf8.RuneSelf && in.Rune[n-1] == unicode.MaxRune
	}
	r := in.Rune[0]
	some = r >= utf8.RuneSelf
	if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			some = some || f >= utf8.RuneSelf // k and s fold to two runes beyond ASCII
		}
	}
	return some, false
}

// width returns the length of the rune at pos when the class accepts it, or 0.
func (c *class) width(line []byte, pos int) int {
	b := line[pos]
	if c.table[b] == 0 {
		return 0
	}
	if b < utf8.RuneSelf {
		return 1
	}
	r, w := utf8.DecodeRune(line[pos:])
	if c.some != nil && !c.some.MatchRune(r) {
		return 0
	}
	return w
}

// run returns the end of the longest run of accepted runes from pos.
func (c *class) run(line []byte, pos int) int {
	if c.stop >= 0 {
		if i := bytes.IndexByte(line[pos:], byte(c.stop)); i >= 0 {
			return pos + i
		}
		return len(line)
	}
	if c.some == nil { // then every high byte is in, or none
		for pos < len(line) && c.table[line[pos]] != 0 {
			pos++
		}
		return pos
	}
	for pos < len(line) {
		w := c.width(line, pos)
		if w == 0 {
			break
		}
		pos += w
	}
	return pos
}
