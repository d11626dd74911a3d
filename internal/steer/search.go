package steer

import (
	"context"
	"slices"
)

// maxPairs is how many pairs of states are looked at before a search is given up,
// maxRefused how many lines that can't be confirmed.
const (
	maxPairs   = 300_000
	maxRefused = 64
)

// pair is two runs that have read the same line. apart tells that the address of one began
// where that of the other did not.
type pair struct {
	a, b  int32
	apart bool
}

// node is a pair on the way, and how it was reached.
type node struct {
	pair
	parent int32
	class  int16
}

// outcome is how a search ended.
type outcome uint8

const (
	none outcome = iota // there is no line: a proof
	found
	givenUp
)

// prove looks for a line that a accepts, and that the daemon may have written in the
// form of b with another address.
func (m *machine) prove(ctx context.Context, kind Kind, a, b *subject) (*Finding, error) {
	f := &Finding{}
	end, err := m.search(ctx, a.reads.start, b.writes.start, func(w witness) bool { return confirm(f, a, b, w) })
	switch {
	case err != nil || end == none:
		return nil, err
	case end == givenUp:
		return &Finding{Kind: NotProved, Pattern: a.index, Other: b.index}, nil
	}
	f.Kind = kind
	return f, nil
}

// search walks the runs from the instructions one and two side by side, and calls
// confirm with each line that both accept with their addresses apart, shortest
// first, until it returns true.
func (m *machine) search(ctx context.Context, one, two uint32, confirm func(witness) bool) (outcome, error) {
	first := pair{a: m.stateAt(state{pc: one}), b: m.stateAt(state{pc: two})}
	nodes := []node{{pair: first, parent: -1}}
	seen := map[pair]bool{first: true}
	refused := 0
	var next []pair
	for i := 0; i < len(nodes); i++ {
		if i%4096 == 0 && ctx.Err() != nil {
			return none, ctx.Err()
		}
		at := nodes[i].pair
		// Copies: making the moves of one may move the other's.
		a, b := *m.movesOf(at.a), *m.movesOf(at.b)
		if at.apart && a.accepts && b.accepts {
			if confirm(m.witness(nodes, i)) {
				return found, nil
			}
			refused++
		}
		if refused > maxRefused || len(nodes) > maxPairs {
			return givenUp, nil
		}
		for class := range m.runes {
			next = m.join(next[:0], at.apart, a.by[class], b.by[class])
			for _, p := range next {
				if !seen[p] {
					seen[p] = true
					nodes = append(nodes, node{p, int32(i), int16(class)})
				}
			}
		}
	}
	if refused > 0 {
		return givenUp, nil
	}
	return none, nil
}

// join appends the pairs of two steps, without those whose addresses begin together:
// they will not part any more.
func (m *machine) join(pairs []pair, apart bool, as, bs []int32) []pair {
	for _, a := range as {
		for _, b := range bs {
			begunA, begunB := m.states[a].phase != before, m.states[b].phase != before
			now := apart || begunA != begunB
			if now || !begunA {
				pairs = append(pairs, pair{a, b, now})
			}
		}
	}
	return pairs
}

// witness returns the line that led to a node.
func (m *machine) witness(nodes []node, i int) witness {
	var w witness
	for ; nodes[i].parent >= 0; i = int(nodes[i].parent) {
		n := nodes[i]
		w.runes = append(w.runes, m.runes[n.class])
		w.in[0] = append(w.in[0], m.states[n.a].phase == inside)
		w.in[1] = append(w.in[1], m.states[n.b].phase == inside)
	}
	slices.Reverse(w.runes)
	slices.Reverse(w.in[0])
	slices.Reverse(w.in[1])
	return w
}
