package regexset

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"regexp/syntax"
	"unicode/utf8"
)

// verifier runs one program over one line and finds the match and the groups
// that the standard library would: it tries the same choices in the same order.
// Unlike the library it does not remember where it has been, so its steps are
// bounded, and the library takes over beyond.
type verifier struct {
	loc   []int // and one place more, see instruction.mark
	stack []frame
	steps int // that are left
	// spent are the steps of those that run calls: it keeps its own count in a register.
	spent int
}

// frame is a choice to come back to; what it means depends on the instruction.
type frame struct {
	in       *instruction
	pos, low int
}

// A step takes some 4 ns. The library takes 30 ns and more for a byte that it
// cannot skip, so a verifier that gives up has spent less than the library will.
// Lines of real attacks take less than half of it.
const (
	stepsPerLine = 128
	stepsPerByte = 4
)

type outcome uint8

const (
	refused outcome = iota
	matched
	exhausted
)

// find returns the leftmost-first match of g in line, as FindSubmatchIndex
// does. The result is overwritten by the next call.
func (v *verifier) find(g *program, line []byte) []int {
	if g.code == nil {
		return g.stdlib().FindSubmatchIndex(line)
	}
	v.begin(g, line)
	for start := 0; ; {
		if start = g.seek(line, start); start < 0 {
			return nil
		}
		switch v.run(g, line, start, 0, start) {
		case matched:
			return v.loc[:2*g.groups]
		case exhausted:
			return g.stdlib().FindSubmatchIndex(line)
		}
		if g.anchored || start == len(line) {
			return nil
		}
		_, w := utf8.DecodeRune(line[start:])
		start += w
	}
}

// resume is find for a tagged program of which a part is done already, up to at.
func (v *verifier) resume(g *program, line []byte, from resumption, at int) []int {
	if from.pc == 0 {
		return v.find(g, line)
	}
	v.begin(g, line)
	pc, pos := from.pc, at
	switch in := &g.code[pc]; {
	case in.op == opText:
		rest := in.text[from.read:]
		if !bytes.HasPrefix(line[pos:], rest) {
			return nil
		}
		pc, pos = in.next, pos+len(rest)
	case from.read > 0:
		pos-- // the loop reads its last byte again: it reads one at least
	}
	switch v.run(g, line, 0, pc, pos) {
	case matched:
		return v.loc[:2*g.groups]
	case exhausted:
		return g.stdlib().FindSubmatchIndex(line)
	}
	return nil
}

func (v *verifier) begin(g *program, line []byte) {
	v.loc = v.loc[:2*g.groups+1]
	v.steps, v.spent = stepsPerLine+stepsPerByte*len(line), 0
}

// seek returns the first place from start where a match may begin, or -1.
func (g *program) seek(line []byte, start int) int {
	if len(g.prefix) > 0 {
		i := bytes.Index(line[start:], g.prefix)
		if i < 0 {
			return -1
		}
		return start + i
	}
	for start < len(line) && g.first[line[start]] == 0 {
		if g.anchored {
			return -1
		}
		_, w := utf8.DecodeRune(line[start:])
		start += w
	}
	return start
}

// run looks for a match that begins at start, from the instruction pc at pos on.
func (v *verifier) run(g *program, line []byte, start int, pc int32, pos int) outcome {
	loc := v.loc
	for i := range loc {
		loc[i] = -1
	}
	loc[0] = start
	v.stack = v.stack[:0]
	in, steps := &g.code[pc], v.steps
	for {
		if steps--; steps < v.spent {
			return exhausted
		}
		loc[in.mark] = pos
		ok := true
		switch in.op {
		case opMatch:
			loc[1] = pos
			return matched
		case opText:
			if ok = in.stands(line[pos:]); ok {
				pos += len(in.text)
			}
		case opClass:
			w := 0
			if pos < len(line) {
				w = in.class.width(line, pos)
			}
			ok = w > 0
			pos += w
		case opToken:
			pos, ok = v.token(in, line, frame{in, pos, len(line) + 1})
		case opSplit:
			if pos < len(line) {
				if ways := in.follow[line[pos]]; ways&inFirst == 0 {
					in = in.otherwise
					continue
				} else if ways&inSecond == 0 {
					break
				}
			}
			v.stack = append(v.stack, frame{in, pos, 0})
		case opPossessive:
			if in.class.bytewise { // as most loops in rules, and short: \d+, \S+
				from, table := pos, in.class.table
				for pos < len(line) && table[line[pos]] != 0 {
					pos++
				}
				steps -= (pos - from) / 4
				ok = pos > from || !in.once
			} else if pos, ok = in.begin(line, pos); ok {
				end := in.class.run(line, pos)
				steps -= (end - pos) / 4
				pos = end
			}
		case opGreedy:
			if pos, ok = in.begin(line, pos); ok {
				end := in.class.run(line, pos)
				steps -= (end - pos) / 4
				pos, ok = v.shrink(in, line, frame{in, end, pos})
			}
		case opLazy:
			if pos, ok = in.begin(line, pos); ok {
				pos, ok = v.grow(in, line, frame{in, pos, 0})
			}
		case opCapture:
			if len(v.stack) > 0 {
				v.stack = append(v.stack, frame{in, loc[in.slot], 0})
			}
			loc[in.slot] = pos
		case opAssert:
			switch in.assert {
			case syntax.EmptyBeginText:
				ok = pos == 0
			case syntax.EmptyEndText:
				ok = pos == len(line)
			default:
				ok = holds(in.assert, line, pos)
			}
		default:
			ok = false
		}
		if ok {
			if in = in.then; in.op != opText {
				continue
			}
			// Every other instruction is a text: the switch can be spared.
			steps--
			loc[in.mark] = pos
			if in.stands(line[pos:]) {
				pos += len(in.text)
				in = in.then
				continue
			}
		}
		if in, pos, ok = v.back(line); !ok {
			v.steps = steps
			return refused
		}
	}
}

// stands tells whether rest begins with the instruction's text.
func (in *instruction) stands(rest []byte) bool {
	if len(rest) < 8 {
		return bytes.HasPrefix(rest, in.text)
	}
	return (binary.LittleEndian.Uint64(rest)^in.head)&in.mask == 0 && (len(in.text) <= 8 || bytes.HasPrefix(rest[8:], in.text[8:]))
}

// begin reads the rune that a loop reads at least.
func (in *instruction) begin(line []byte, pos int) (after int, ok bool) {
	if !in.once {
		return pos, true
	}
	if pos == len(line) {
		return pos, false
	}
	w := in.class.width(line, pos)
	return pos + w, w > 0
}

// back returns where the last choice that is left leads to.
func (v *verifier) back(line []byte) (in *instruction, pos int, ok bool) {
	for len(v.stack) > 0 {
		f := v.stack[len(v.stack)-1]
		v.stack = v.stack[:len(v.stack)-1]
		in := f.in
		v.spent++
		switch in.op {
		case opSplit:
			return in.otherwise, f.pos, true
		case opCapture:
			v.loc[in.slot] = f.pos
			continue
		case opToken:
			pos, ok = v.token(in, line, f)
		case opGreedy:
			f.pos = before(line, f.pos, f.low)
			pos, ok = v.shrink(in, line, f)
		case opLazy:
			w := 0
			if f.pos < len(line) {
				w = in.class.width(line, f.pos)
			}
			if w > 0 {
				f.pos += w
				pos, ok = v.grow(in, line, f)
			}
		}
		if ok {
			return in.then, pos, true
		}
	}
	return nil, 0, false
}

// token returns the longest end of the token at f.pos below f.low, and remembers that there are more.
func (v *verifier) token(in *instruction, line []byte, f frame) (pos int, ok bool) {
	end, more := in.token.end(line, f.pos, f.low)
	if end < 0 {
		return 0, false
	}
	v.spent += (end - f.pos) / 2
	if more {
		f.low = end
		v.stack = append(v.stack, f)
	}
	return end, true
}

// shrink returns the last place from f.low to f.pos where the loop can end, and
// remembers that there may be more.
func (v *verifier) shrink(in *instruction, line []byte, f frame) (pos int, ok bool) {
	from := f.pos
	if len(in.text) > 0 && in.text[0] < utf8.RuneSelf {
		f.pos = in.lastText(line, f.pos, f.low)
		v.spent += (from - f.pos) / 2
		if f.pos < f.low {
			return 0, false
		}
	} else {
		for !in.mayLeave(line, f.pos) {
			if f.pos == f.low {
				v.spent += (from - f.pos) / 2
				return 0, false
			}
			f.pos = before(line, f.pos, f.low)
		}
		v.spent += (from - f.pos) / 2
	}
	if f.pos > f.low {
		v.stack = append(v.stack, f)
	}
	return f.pos, true
}

// lastText returns the last place from pos down to low where the text stands, or
// low-1. The text begins with an ASCII byte, which is a rune wherever it stands: so
// no rune is cut.
func (in *instruction) lastText(line []byte, pos, low int) int {
	first := in.text[0]
	pos = min(pos, len(line)-len(in.text))
	for ; pos-low >= 8; pos -= 8 { // the eight places up to pos at once
		differs := eight(line[pos-7:]) ^ uint64(first)*ones
		if len(in.text) > 1 {
			differs |= eight(line[pos-6:]) ^ uint64(in.text[1])*ones
		}
		// The highest bit of each byte that does not differ.
		for same := ^((differs&low7 + low7) | differs | low7); same != 0; {
			at := (63 - bits.LeadingZeros64(same)) / 8
			if in.stands(line[pos-7+at:]) {
				return pos - 7 + at
			}
			same &= 1<<(8*at) - 1
		}
	}
	for ; pos >= low; pos-- {
		if line[pos] == first && in.stands(line[pos:]) {
			return pos
		}
	}
	return low - 1
}

const (
	ones = 0x0101010101010101
	low7 = 0x7f7f7f7f7f7f7f7f
)

func eight(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// before returns where the rune that ends at pos begins; low is a rune's beginning before it.
func before(line []byte, pos, low int) int {
	if line[pos-1] < utf8.RuneSelf {
		return pos - 1
	}
	_, w := utf8.DecodeLastRune(line[low:pos])
	return pos - w
}

// grow returns the first place from f.pos where the loop can end, and remembers that there may be more.
func (v *verifier) grow(in *instruction, line []byte, f frame) (pos int, ok bool) {
	from := f.pos
	for !in.mayLeave(line, f.pos) {
		w := in.class.width(line, f.pos) // mayLeave is true at the line's end
		if w == 0 {
			return 0, false
		}
		f.pos += w
	}
	v.spent += (f.pos - from) / 2
	v.stack = append(v.stack, f)
	return f.pos, true
}

// mayLeave tells whether what follows the loop may succeed at pos.
func (in *instruction) mayLeave(line []byte, pos int) bool {
	if pos == len(line) {
		return true
	}
	return in.follow[line[pos]] != 0 && in.stands(line[pos:])
}

func holds(assert syntax.EmptyOp, line []byte, pos int) bool {
	atStart, atEnd := pos == 0, pos == len(line)
	var flags syntax.EmptyOp
	if atStart {
		flags |= syntax.EmptyBeginText
	}
	if atEnd {
		flags |= syntax.EmptyEndText
	}
	if atStart || line[pos-1] == '\n' {
		flags |= syntax.EmptyBeginLine
	}
	if atEnd || line[pos] == '\n' {
		flags |= syntax.EmptyEndLine
	}
	if (!atStart && isWord(line[pos-1])) != (!atEnd && isWord(line[pos])) {
		flags |= syntax.EmptyWordBoundary
	} else {
		flags |= syntax.EmptyNoWordBoundary
	}
	return assert&^flags == 0
}
