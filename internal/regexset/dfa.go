package regexset

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// dfa determinises an nfa while lines pass, and stops in a line as soon as at
// most maxAlive patterns can still match it: they are cheaper to try than the
// rest of the line is to read.
//
// Whoever writes the lines decides which states are made, and ordinary patterns
// (a hundred times `.*A.*B`) have more of them than there is memory. So a line
// makes few, a program tag makes few in an epoch, all together make few in an
// epoch, and when the memory is used up all are forgotten. Where no more may be
// made the walk gives up and the line's literals are looked up instead.
type dfa struct {
	nfa     *nfa
	program func(pattern int32) *program
	// table has a row for each state: for each class the next state's offset, 0
	// when it is not known yet, or the complement of an index in lists.
	table  []int32
	states []state
	index  map[string]int32
	lists  [][]candidate // in the order of patterns
	memory int           // of states and lists, in bytes

	lines int // walked in this epoch
	made  int // cells computed in this epoch
	byTag [256]uint16

	mark        []uint32 // nodes visited in round
	round       uint32
	stack, work []int32
	key         []byte
}

// candidate is a pattern that a line may match, and where the verifier goes on with it.
type candidate struct {
	pattern int32
	resumption
}

// state is a sorted list of nodes, each of them read, end or match.
type state []int32

// The limits count cells of the table; each makes one state at most.
const (
	maxAlive     = 2
	madePerLine  = 32
	madePerTag   = 1024
	madePerEpoch = 16384
	epoch        = 1 << 16 // lines
	maxMemory    = 4 << 20
)

func newDFA(n *nfa, program func(int32) *program) *dfa {
	d := &dfa{nfa: n, program: program, mark: make([]uint32, len(n.nodes))}
	d.reset()
	return d
}

// reset forgets all states.
func (d *dfa) reset() {
	d.table, d.states, d.lists, d.memory = d.table[:0], d.states[:0], d.lists[:0], 0
	d.index = map[string]int32{}
	d.states = append(d.states, nil) // offset 0 means unknown
	d.table = append(d.table, make([]int32, d.width())...)
	d.round++
	nodes := d.work[:0]
	for _, s := range d.nfa.starts {
		nodes = d.follow(nodes, s, true, false)
	}
	d.intern(nodes, false)
}

func (d *dfa) width() int32 { return d.nfa.endOfLine() + 1 }

// walk returns the patterns that line may match: none, when it matches none of
// the nfa. It has read the line up to at. It is not ok when states are lacking.
func (d *dfa) walk(line []byte) (all []candidate, at int, ok bool) {
	if d.lines++; d.lines == epoch {
		d.lines, d.made = 0, 0
		clear(d.byTag[:])
	}
	if len(d.states) == 1 {
		return d.lists[0], 0, true // so few patterns that even the start is final
	}
	class := &d.nfa.class
	row, made := d.width(), 0
	for i := 0; ; i++ {
		table := d.table
		for _, b := range line[i:] { // where states are known
			next := table[row+int32(class[b])]
			if next <= 0 {
				break
			}
			row = next
			i++
		}
		c := d.nfa.endOfLine()
		if i < len(line) {
			c = int32(class[line[i]])
		}
		next := d.table[row+c]
		if next == 0 {
			if made++; made > madePerLine || !d.mayMake(line) {
				return nil, 0, false
			}
			next = d.step(row, c)
		}
		if next < 0 {
			return d.lists[^next], i + 1, true
		}
		row = next
	}
}

// mayMake tells whether line may compute another cell, and counts it.
func (d *dfa) mayMake(line []byte) bool {
	if d.memory > maxMemory {
		d.reset()
		return false
	}
	tag := &d.byTag[tagHash(line)]
	if d.made >= madePerEpoch || *tag >= madePerTag {
		return false
	}
	d.made++
	*tag++
	return true
}

// tagHash returns a hash of the line's program name, up to the first [, : or blank.
func tagHash(line []byte) uint8 {
	h := uint32(2166136261) // FNV-1a
	for _, b := range line[:min(len(line), 32)] {
		if b == '[' || b == ':' || b == ' ' {
			break
		}
		h = (h ^ uint32(b)) * 16777619
	}
	return uint8(h>>24 ^ h)
}

// step computes the cell of the state at an offset for class c.
func (d *dfa) step(at, c int32) int32 {
	d.round++
	end := c == d.nfa.endOfLine()
	begin := end && at == d.width() // the line is empty
	nodes := d.work[:0]
	for _, x := range d.states[at/d.width()] {
		switch n := &d.nfa.nodes[x]; n.kind {
		case nodeMatch:
			nodes = d.follow(nodes, x, false, end)
		case nodeEnd:
			if end {
				nodes = d.follow(nodes, x, begin, end)
			}
		case nodeRead, nodeToken:
			if end || !d.nfa.sets[n.set].has(d.nfa.representative[c]) {
				continue
			}
			nodes = d.follow(nodes, n.out, false, false)
			if n.kind == nodeToken || d.nfa.representative[c] >= utf8.RuneSelf {
				nodes = d.follow(nodes, x, false, false)
			}
		}
	}
	next := d.intern(nodes, end)
	d.table[at+c] = next
	return next
}

// follow appends to nodes those that x leads to without reading a byte.
func (d *dfa) follow(nodes []int32, x int32, begin, end bool) []int32 {
	d.stack = append(d.stack[:0], x)
	for len(d.stack) > 0 {
		x = d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.mark[x] == d.round {
			continue
		}
		d.mark[x] = d.round
		switch n := &d.nfa.nodes[x]; n.kind {
		case nodeSplit:
			d.stack = append(d.stack, n.out, n.other)
		case nodePass:
			d.stack = append(d.stack, n.out)
		case nodeBegin:
			if begin {
				d.stack = append(d.stack, n.out)
			}
		case nodeEnd:
			if end {
				d.stack = append(d.stack, n.out)
			} else {
				nodes = append(nodes, x)
			}
		case nodeRead, nodeToken:
			if !end {
				nodes = append(nodes, x)
			}
		case nodeMatch:
			nodes = append(nodes, x)
		}
	}
	return nodes
}

// intern returns the cell that leads to nodes: a state, or a final list when
// the line is at its end or few patterns are alive.
func (d *dfa) intern(nodes []int32, end bool) int32 {
	d.work = nodes[:0]
	slices.Sort(nodes)
	nodes = d.withoutMatched(nodes)
	if alive := d.patterns(nodes); end || len(alive) <= maxAlive {
		return ^d.list(alive, nodes, end)
	}
	d.key = appendKey(d.key[:0], nodes)
	at, ok := d.index[string(d.key)]
	if !ok {
		at = int32(len(d.table))
		d.index[string(d.key)] = at
		d.states = append(d.states, slices.Clone(nodes))
		d.table = append(d.table, make([]int32, d.width())...)
		d.memory += 4*int(d.width()) + 8*len(nodes) + 100
	}
	return at
}

// withoutMatched drops from the sorted nodes those of patterns that have
// matched already, but for the match.
func (d *dfa) withoutMatched(nodes []int32) []int32 {
	kept := nodes[:0]
	for i := 0; i < len(nodes); {
		pattern, from := d.nfa.nodes[nodes[i]].pattern, len(kept)
		for ; i < len(nodes) && d.nfa.nodes[nodes[i]].pattern == pattern; i++ {
			if len(kept) > from && d.nfa.nodes[kept[from]].kind == nodeMatch {
				continue
			}
			if d.nfa.nodes[nodes[i]].kind == nodeMatch {
				kept = kept[:from]
			}
			kept = append(kept, nodes[i])
		}
	}
	return kept
}

// patterns returns the patterns of nodes in ascending order.
func (d *dfa) patterns(nodes []int32) []int32 {
	alive := d.stack[:0]
	for _, x := range nodes { // which are in the order of patterns
		if p := d.nfa.nodes[x].pattern; len(alive) == 0 || alive[len(alive)-1] != p {
			alive = append(alive, p)
		}
	}
	d.stack = alive
	return alive
}

// list returns the index in lists of the candidates with these patterns and nodes.
// At the end of the line there is nothing to go on with.
func (d *dfa) list(patterns, nodes []int32, end bool) int32 {
	all := make([]candidate, len(patterns))
	d.key = d.key[:0]
	for i, p := range patterns {
		all[i].pattern = p
		var own []uint32
		for ; len(nodes) > 0 && d.nfa.nodes[nodes[0]].pattern == p; nodes = nodes[1:] {
			own = append(own, uint32(nodes[0]-d.nfa.base[p]))
		}
		if !end {
			all[i].resumption = d.program(p).resume[nodeKey(own)]
		}
		d.key = appendKey(d.key, []int32{p, all[i].pc, all[i].read})
	}
	d.key = append(d.key, 'L')
	i, ok := d.index[string(d.key)]
	if !ok {
		i = int32(len(d.lists))
		d.index[string(d.key)] = i
		d.lists = append(d.lists, all)
		d.memory += 24*len(all) + 100
	}
	return i
}

func appendKey(key []byte, values []int32) []byte {
	for _, v := range values {
		key = binary.LittleEndian.AppendUint32(key, uint32(v))
	}
	return key
}
