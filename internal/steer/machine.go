package steer

import (
	"regexp/syntax"
	"slices"
)

// machine is automata over one alphabet. A state of it is one run through one
// of them; states are made when they are reached.
type machine struct {
	insts []syntax.Inst
	alphabet
	states []state
	number map[state]int32 // the index of each
	moves  []moves         // by state; made when asked for
}

// newMachine returns the machine of some automata.
func newMachine(automata ...*automaton) (*machine, error) {
	m := &machine{number: map[state]int32{}}
	for _, a := range automata {
		if err := m.add(a); err != nil {
			return nil, err
		}
	}
	m.spell()
	return m, nil
}

// automaton is an expression that becomes part of a machine.
type automaton struct {
	tree     *syntax.Regexp
	group    string // takes the address
	anchored bool   // or it may skip what stands before
	start    uint32 // the first instruction; set by the machine
}

// state is where a run stands: before the instruction pc, somewhere about the
// address, behind a rune of the kind prev.
type state struct {
	pc    uint32
	phase phase
	prev  kind
}

type phase uint8

const (
	before phase = iota // the address has not begun
	inside
	behind
)

// kind is what the empty-width operators ask of a neighbour.
type kind uint8

const (
	edge  kind = iota // the beginning or the end of the line
	word              // a word character
	other             // any other
)

func kindOf(r rune) kind {
	if syntax.IsWordChar(r) {
		return word
	}
	return other
}

// moves is where a run can go.
type moves struct {
	made    bool
	by      [][]int32 // the states behind one more rune of each class
	accepts bool      // when the line ends here
}

// What Arg of an InstCapture says of the address's group; other captures become
// InstNop. Arg of an instruction that takes runes is the number of their set.
const (
	opens  = 0
	closes = 1
)

// add makes an automaton's instructions part of the machine, text of any kind behind it.
func (m *machine) add(a *automaton) error {
	parts := []*syntax.Regexp{clip(a.tree), anyText()}
	if !a.anchored {
		parts = slices.Insert(parts, 0, anyText())
	}
	whole := &syntax.Regexp{Op: syntax.OpConcat, Sub: parts}
	prog, err := syntax.Compile(whole.Simplify())
	if err != nil {
		return err
	}
	open := uint32(2 * slices.Index(whole.CapNames(), a.group))
	offset := uint32(len(m.insts))
	a.start = offset + uint32(prog.Start)
	for _, in := range prog.Inst {
		in.Out += offset
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			in.Arg += offset
		case syntax.InstCapture:
			switch in.Arg {
			case open:
				in.Arg = opens
			case open + 1:
				in.Arg = closes
			default:
				in.Op = syntax.InstNop
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			in.Arg = m.setOf(&in)
		}
		m.insts = append(m.insts, in)
	}
	return nil
}

// stateAt returns the number of a state.
func (m *machine) stateAt(s state) int32 {
	n, ok := m.number[s]
	if !ok {
		n = int32(len(m.states))
		m.states = append(m.states, s)
		m.moves = append(m.moves, moves{})
		m.number[s] = n
	}
	return n
}

// movesOf returns where a run can go from the state n.
func (m *machine) movesOf(n int32) *moves {
	if !m.moves[n].made {
		made := m.makeMoves(m.states[n])
		m.moves[n] = made
	}
	return &m.moves[n]
}

func (m *machine) makeMoves(s state) moves {
	out := moves{made: true, by: make([][]int32, len(m.runes))}
	for next := edge; next <= other; next++ {
		w := walker{m: m, flags: emptyFlags(s.prev, next), seen: map[point]bool{}}
		w.walk(point{s.pc, s.phase})
		if next == edge {
			out.accepts = w.accepts
			continue
		}
		for class, k := range m.kinds {
			if k != next {
				continue
			}
			for _, p := range w.takers {
				if !m.takes[class][m.insts[p.pc].Arg] {
					continue
				}
				to := m.stateAt(state{m.insts[p.pc].Out, p.phase, next})
				if !slices.Contains(out.by[class], to) {
					out.by[class] = append(out.by[class], to)
				}
			}
		}
	}
	return out
}

// walker follows the instructions that take no rune.
type walker struct {
	m       *machine
	flags   syntax.EmptyOp
	seen    map[point]bool
	takers  []point // instructions that take a rune
	accepts bool
}

type point struct {
	pc    uint32
	phase phase
}

func (w *walker) walk(p point) {
	if w.seen[p] {
		return
	}
	w.seen[p] = true
	in := &w.m.insts[p.pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		w.walk(point{in.Out, p.phase})
		w.walk(point{in.Arg, p.phase})
	case syntax.InstNop:
		w.walk(point{in.Out, p.phase})
	case syntax.InstCapture:
		if in.Arg == opens {
			w.walk(point{in.Out, inside})
		} else {
			w.walk(point{in.Out, behind})
		}
	case syntax.InstEmptyWidth:
		if syntax.EmptyOp(in.Arg)&^w.flags == 0 {
			w.walk(point{in.Out, p.phase})
		}
	case syntax.InstMatch:
		w.accepts = w.accepts || p.phase == behind
	case syntax.InstFail:
	default:
		w.takers = append(w.takers, p)
	}
}

// emptyFlags returns the assertions that hold between two runes.
func emptyFlags(prev, next kind) syntax.EmptyOp {
	flags := syntax.EmptyNoWordBoundary
	if (prev == word) != (next == word) {
		flags = syntax.EmptyWordBoundary
	}
	if prev == edge {
		flags |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	}
	if next == edge {
		flags |= syntax.EmptyEndText | syntax.EmptyEndLine
	}
	return flags
}
