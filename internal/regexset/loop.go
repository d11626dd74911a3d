package regexset

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Where a loop ends: at the last or the first place where what follows may stand.

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
