package regexset

import (
	"bytes"
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
	return (eight(rest)^in.head)&in.mask == 0 && (len(in.text) <= 8 || bytes.HasPrefix(rest[8:], in.text[8:]))
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
