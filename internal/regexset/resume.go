package regexset

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// resumption is where the verifier may begin when the DFA has read a part of the
// line: in the instruction pc, of which so much is read: bytes of a text, or 1 of a
// loop that reads once at least.
type resumption struct{ pc, read int32 }

// resumptions returns where the verifier may go on, by the nodes of p that are
// alive in the DFA (see nodeKey). pcs are the places of the instructions in p.
//
// It may within the head of a program, as long as nothing is captured, the DFA is
// exact, and each byte decides which way to go. Then the nodes alive are those that
// one instruction leads to, and no other way would have been tried before the
// one that led there. Nodes that can be reached behind the head too are no place
// to resume.
func (g *program) resumptions(p *pattern, pcs []uint32) map[string]resumption {
	head := g.headOf(p, pcs)
	may := map[uint32]bool{}
	for _, inHead := range []bool{true, false} {
		for i := range g.code {
			for _, n := range g.reads(p, pcs, i) {
				if head[i] == inHead {
					may[n] = inHead
				}
			}
		}
	}
	all := map[string]resumption{}
	put := func(nodes []uint32, pc, read int) {
		if len(nodes) == 0 || slices.ContainsFunc(nodes, func(n uint32) bool { return !may[n] }) {
			return
		}
		slices.Sort(nodes)
		// The same nodes go on in the same way. The first place has read nothing if one has.
		if key := nodeKey(nodes); all[key].pc == 0 {
			all[key] = resumption{int32(pc), int32(read)}
		}
	}
	for i := range g.code {
		if !head[i] {
			continue
		}
		in, pc := &g.code[i], pcs[i]
		put(p.leads(pc), i, 0)
		switch {
		case in.op == opText:
			for read, n := range g.reads(p, pcs, i) {
				put([]uint32{n}, i, read)
			}
		case in.once:
			put(p.leads(p.skip(p.prog.Inst[pc].Out)), i, 1)
		}
	}
	return all
}

// headOf tells of each instruction whether it belongs to the head.
func (g *program) headOf(p *pattern, pcs []uint32) []bool {
	head, behind := make([]bool, len(g.code)), make([]bool, len(g.code))
	var walk func(i int32, in bool)
	walk = func(i int32, inHead bool) {
		inHead = inHead && g.decided(p, pcs, i)
		if inHead && head[i] || !inHead && behind[i] {
			return
		}
		if inHead {
			head[i] = true
		} else {
			behind[i] = true
		}
		if g.code[i].op > opMatch {
			walk(g.code[i].next, inHead)
		}
		if g.code[i].op == opSplit {
			walk(g.code[i].other, inHead)
		}
	}
	walk(0, true)
	for i := range head {
		head[i] = head[i] && !behind[i]
	}
	return head
}

// decided tells whether the next byte decides what instruction i does, and the DFA
// does the same.
func (g *program) decided(p *pattern, pcs []uint32, i int32) bool {
	switch in := &g.code[i]; in.op {
	case opAssert:
		return i == 0 && in.assert == syntax.EmptyBeginText
	case opText:
		return !slices.ContainsFunc(in.text, func(b byte) bool { return b >= utf8.RuneSelf })
	case opSplit:
		return !slices.Contains(in.follow[:], inFirst|inSecond)
	case opClass:
		return !in.class.lead.meets(&highBytes)
	case opPossessive:
		exit := p.ahead(pcs[in.next])
		return !in.class.lead.meets(&highBytes) && !exit.bytes.meets(&in.class.lead)
	}
	return false
}

// reads returns the nodes of what instruction i reads, in their order.
func (g *program) reads(p *pattern, pcs []uint32, i int) (nodes []uint32) {
	in, pc := &g.code[i], pcs[i]
	switch in.op {
	case opText:
		for range utf8.RuneCount(in.text) {
			nodes = append(nodes, pc)
			pc = p.skip(p.prog.Inst[pc].Out)
		}
	case opClass, opToken:
		nodes = append(nodes, pc)
	case opGreedy, opPossessive, opLazy:
		if alt := &p.prog.Inst[pc]; in.once {
			nodes = append(nodes, pc)
		} else if body := p.skip(alt.Out); p.loops(body, pc) {
			nodes = append(nodes, body)
		} else {
			nodes = append(nodes, p.skip(alt.Arg))
		}
	}
	return nodes
}

// leads returns the nodes that pc leads to without reading, in the middle of a line.
func (p *pattern) leads(pc uint32) []uint32 {
	p.round++
	return p.follow(nil, pc, false)
}

// nodeKey stands for the nodes of one pattern, which are sorted and counted from its first.
func nodeKey(nodes []uint32) string {
	var key []byte
	for _, n := range nodes {
		key = binary.LittleEndian.AppendUint32(key, n)
	}
	return string(key)
}
