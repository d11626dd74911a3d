package regexset

import (
	"encoding/binary"
	"regexp/syntax"
)

// token is a group that is run as a small automaton of its own, complete before
// the first line: an address, above all, whose expression would cost the
// verifier a hundred steps a line. It stands for the group exactly, because it
// is made only where the expression prefers its longer matches to its shorter
// ones: then its ends in the order of their trial are its ends from right to left.
type token struct {
	class    [256]uint8
	width    int // of a row: the classes, then the end of the line
	next     []uint16
	start    [2]uint16 // [1] when a word character stands before
	first    byteSet   // what it can begin with
	alphabet byteSet   // what it can consist of
}

// next holds a row's offset, plus mayEnd when the token may end before the byte.
// Row 0 is dead.
const mayEnd = 1 << 15

const (
	minTokenProgram = 64     // instructions; below this the verifier is as fast
	maxTokenCells   = mayEnd // an address has some 5000
	maxTokenWork    = 1 << 19
)

// tokenBuilder determinises a program. A state is the list of threads, the
// preferred first, that wait for the byte which decides their assertions.
type tokenBuilder struct {
	prog    *syntax.Prog
	classes []*class
	states  []tokenState
	index   map[string]int32
	mark    []uint32 // followed in round
	taken   []uint32 // threads of the next state in round
	round   uint32
	work    int
}

type tokenState struct {
	threads   []uint32
	afterWord bool
}

// newToken returns nil when the program is none: it captures, asserts more than
// word boundaries, reads beyond ASCII, may be empty, prefers a shorter match or
// is too large.
func newToken(prog *syntax.Prog, classes []*class) *token {
	b := &tokenBuilder{prog: prog, classes: classes, index: map[string]int32{},
		mark: make([]uint32, len(prog.Inst)), taken: make([]uint32, len(prog.Inst))}
	var word byteSet
	for c := range 256 {
		if isWord(byte(c)) {
			word.add(byte(c))
		}
	}
	sets := []byteSet{word}
	for i := range prog.Inst {
		switch in := &prog.Inst[i]; in.Op {
		case syntax.InstCapture:
			return nil
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
				return nil
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if b.classes[i].lead.meets(&highBytes) {
				return nil
			}
			sets = append(sets, b.classes[i].lead)
		}
	}
	t := &token{}
	for i := range sets[1:] {
		t.alphabet.union(&sets[1+i])
	}
	var representative []byte
	t.class, representative = byteClasses(sets)
	t.width = len(representative) + 1
	if !b.build(t, representative) {
		return nil
	}
	return t
}

func (b *tokenBuilder) build(t *token, representative []byte) bool {
	b.state(nil, false) // row 0
	start := [2]int32{b.state([]uint32{uint32(b.prog.Start)}, false), b.state([]uint32{uint32(b.prog.Start)}, true)}
	for s := int32(0); s < int32(len(b.states)); s++ {
		if len(b.states)*t.width > maxTokenCells || b.work > maxTokenWork {
			return false
		}
		for class := range t.width {
			c := -1 // the end of the line
			if class < len(representative) {
				c = int(representative[class])
			}
			row, end, ok := b.step(s, c)
			if !ok || s <= start[1] && end != 0 {
				return false
			}
			t.next = append(t.next, uint16(int(row)*t.width)|end)
		}
	}
	for i := range t.start {
		t.start[i] = uint16(int(start[i]) * t.width)
	}
	for c := range 256 {
		for _, s := range t.start {
			if t.next[int(s)+int(t.class[c])]&^mayEnd != 0 {
				t.first.add(byte(c))
			}
		}
	}
	return true
}

// state returns the row of a state.
func (b *tokenBuilder) state(threads []uint32, afterWord bool) int32 {
	if len(threads) == 0 {
		afterWord = false
	}
	key := []byte{0}
	if afterWord {
		key[0] = 1
	}
	for _, pc := range threads {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	row, ok := b.index[string(key)]
	if !ok {
		row = int32(len(b.states))
		b.index[string(key)] = row
		b.states = append(b.states, tokenState{threads, afterWord})
	}
	return row
}

// step returns the row that state s leads to over the byte c, -1 for the end of the
// line, and mayEnd or 0. It is not ok when a match is preferred to a thread that goes on.
func (b *tokenBuilder) step(s int32, c int) (row int32, end uint16, ok bool) {
	state := b.states[s]
	word := c >= 0 && isWord(byte(c))
	b.round++
	var ready []uint32
	for _, pc := range state.threads {
		ready = b.follow(ready, pc, word != state.afterWord)
	}
	var after []uint32
	for i, pc := range ready {
		if b.prog.Inst[pc].Op == syntax.InstMatch {
			if i < len(ready)-1 {
				return 0, 0, false
			}
			end = mayEnd
		} else if out := b.prog.Inst[pc].Out; c >= 0 && b.classes[pc].lead.has(byte(c)) && b.taken[out] != b.round {
			b.taken[out] = b.round
			after = append(after, out)
		}
	}
	return b.state(after, word), end, true
}

// follow appends the instructions that pc leads to without reading.
func (b *tokenBuilder) follow(ready []uint32, pc uint32, boundary bool) []uint32 {
	if b.mark[pc] == b.round {
		return ready
	}
	b.mark[pc] = b.round
	b.work++
	in := &b.prog.Inst[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		ready = b.follow(ready, in.Out, boundary)
		return b.follow(ready, in.Arg, boundary)
	case syntax.InstNop:
		return b.follow(ready, in.Out, boundary)
	case syntax.InstEmptyWidth:
		if boundary == (syntax.EmptyOp(in.Arg) == syntax.EmptyWordBoundary) {
			return b.follow(ready, in.Out, boundary)
		}
		return ready
	case syntax.InstFail:
		return ready
	}
	return append(ready, pc)
}

// end returns the last end below limit of the token at pos, or -1, and whether there are more.
func (t *token) end(line []byte, pos, limit int) (end int, more bool) {
	row := uint32(t.start[0])
	if pos > 0 && isWord(line[pos-1]) {
		row = uint32(t.start[1])
	}
	end = -1
	next := t.next
	for i, b := range line[pos:min(limit, len(line))] {
		cell := uint32(next[row+uint32(t.class[b])])
		if cell >= mayEnd {
			more = end >= 0
			end = pos + i
			cell -= mayEnd
		}
		if row = cell; row == 0 {
			return end, more
		}
	}
	if limit > len(line) && next[int(row)+t.width-1]&mayEnd != 0 { // the line's end
		more = end >= 0
		end = len(line)
	}
	return end, more
}
