package regexset

import "regexp/syntax"

// nfa is the union of some patterns over bytes. It accepts what the patterns
// accept, and more: word and line boundaries always hold, a rune beyond ASCII is
// any run of high bytes, a token any run of its alphabet. A verifier follows, so
// a line too many costs time only.
type nfa struct {
	nodes  []node
	starts []int32
	base   map[int32]int32 // of a pattern: the node of its program's first instruction
	sets   []byteSet
	number map[*byteSet]int32 // of the sets, while it is made
	class  [256]uint8
	// representative is one byte of each class. The class after the last stands for the end of the line.
	representative []byte
}

type nodeKind uint8

const (
	nodeDead  nodeKind = iota
	nodeSplit          // goes to out and to other
	nodePass           // goes to out
	nodeBegin          // goes to out at the beginning of the line
	nodeEnd            // goes to out at the end of the line
	nodeRead           // goes to out over a byte of set, and also stays over a high byte of it
	nodeToken          // goes to out over a byte of set, and also stays
	nodeMatch
)

type node struct {
	kind       nodeKind
	pattern    int32
	out, other int32
	set        int32 // an index in sets
}

// newNFA unites the patterns of all that have these numbers.
func newNFA(all []*pattern, numbers []int32) *nfa {
	size := 0
	for _, i := range numbers {
		size += len(all[i].prog.Inst)
	}
	n := &nfa{nodes: make([]node, 0, size), base: map[int32]int32{}, number: map[*byteSet]int32{}}
	for _, i := range numbers {
		n.add(i, all[i])
	}
	n.set(&highBytes)
	n.class, n.representative = byteClasses(n.sets)
	n.number = nil
	return n
}

// add adds the pattern with the given number.
func (n *nfa) add(number int32, p *pattern) {
	base := int32(len(n.nodes))
	n.base[number] = base
	n.starts = append(n.starts, base+int32(p.prog.Start))
	for pc := range p.prog.Inst {
		in := &p.prog.Inst[pc]
		x := node{pattern: number, out: base + int32(in.Out)}
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			x.kind = nodeSplit
			x.other = base + int32(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			x.kind = nodePass
		case syntax.InstEmptyWidth:
			switch syntax.EmptyOp(in.Arg) {
			case syntax.EmptyBeginText:
				x.kind = nodeBegin
			case syntax.EmptyEndText:
				x.kind = nodeEnd
			default:
				x.kind = nodePass
			}
		case syntax.InstMatch:
			x.kind = nodeMatch
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if t := p.token(in); t != nil {
				x.kind, x.set = nodeToken, n.set(&t.alphabet)
			} else {
				x.kind, x.set = nodeRead, n.set(&p.class[pc].lead)
			}
		}
		n.nodes = append(n.nodes, x)
	}
}

// set returns the index of s in sets.
func (n *nfa) set(s *byteSet) int32 {
	i, ok := n.number[s]
	if !ok {
		i = int32(len(n.sets))
		n.number[s] = i
		n.sets = append(n.sets, *s)
	}
	return i
}

// endOfLine is the class that stands for the end of the line.
func (n *nfa) endOfLine() int32 { return int32(len(n.representative)) }
