package regexset

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// dfa determinises an nfa while lines pass, and stops in a line as soon as at
// most maxAlive patterns can still match it: they are cheaper to try than the
// rest of the line is to read. Where one of them would have to be tried from the
// line's beginning, it reads on for a while: most lines rule it out soon.
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
	program *program
}

// state is a sorted list of nodes, each of them read, end or match. If they belong
// to few patterns, these are the candidates of a line that is not read on.
type state struct {
	nodes []int32
	few   []candidate
}

// The limits count cells of the table; each makes one state at most.
const (
	maxAlive     = 2
	patience     = 48 // bytes that are read to learn whether few are left
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
	d.states = append(d.states, state{}) // offset 0 means unknown
	d.table = append(d.table, make([]int32, d.width())...)
	d.round++
	nodes := d.work[:0]
	for _, s := range d.nfa.starts {
		nodes = d.follow(nodes, s, true, false)
	}
	slices.Sort(nodes)
	d.state(nodes, nil)
}

func (d *dfa) width() int32 { return d.nfa.endOfLine() + 1 }

// walk returns the patterns that line may match: none, when it matches none of
// the nfa. It has read the line up to at. It is not ok when states are lacking.
func (d *dfa) walk(line []byte) (all []candidate, at int, ok bool) {
	if d.lines++; d.lines == epoch {
		d.lines, d.made = 0, 0
		clear(d.byTag[:])
	}
	row, made, i, pause := d.width(), 0, 0, patience
	for {
		var n int
		row, n = d.along(line[i:min(pause, len(line))], row)
		if i += n; i == pause {
			if few := d.states[row/d.width()].few; few != nil {
				return few, i, true
			}
			pause += patience
		}
		c := d.nfa.endOfLine()
		if i < len(line) {
			c = int32(d.nfa.class[line[i]])
		}
		next := d.table[row+c]
		if next == 0 {
			few := d.states[row/d.width()].few
			if made++; made > madePerLine || !d.mayMake(line) {
				return few, i, few != nil
			}
			next = d.step(row, c)
		}
		i++
		if next < 0 {
			return d.lists[^next], i, true
		}
		row = next
	}
}

// along reads n bytes of text, from the state at row on, as far as states are known.
// It stands alone so that all that its loop needs has a register.
//
//go:noinline
func (d *dfa) along(text []byte, row int32) (to int32, n int) {
	class, table := &d.nfa.class, d.table
	for i, b := range text {
		next := table[uint32(row)+uint32(class[b])]
		if next <= 0 {
			return row, i
		}
		row = next
	}
	return row, len(text)
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
	for _, x := range d.states[at/d.width()].nodes {
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

// intern returns the cell that leads to nodes: a final list when the line is at its
// end or few patterns are alive that need not be tried from the beginning, else a state.
func (d *dfa) intern(nodes []int32, end bool) int32 {
	d.work = nodes[:0]
	slices.Sort(nodes)
	nodes = d.withoutMatched(nodes)
	alive := d.patterns(nodes)
	if !end && len(alive) > maxAlive {
		return d.state(nodes, nil)
	}
	all := d.candidates(alive, nodes, end)
	if !end && slices.ContainsFunc(all, func(c candidate) bool { return c.pc == 0 }) {
		return d.state(nodes, all)
	}
	return ^d.list(all)
}

// state returns the offset of the state of nodes, which few patterns may have.
func (d *dfa) state(nodes []int32, few []candidate) int32 {
	d.key = appendKey(d.key[:0], nodes)
	at, ok := d.index[string(d.key)]
	if !ok {
		at = int32(len(d.table))
		d.index[string(d.key)] = at
		d.states = append(d.states, state{slices.Clone(nodes), few})
		d.table = append(d.table, make([]int32, d.width())...)
		d.memory += 4*int(d.width()) + 8*len(nodes) + 32*len(few) + 150
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

// candidates returns what a line may match with these patterns and nodes. At the
// end of the line there is nothing to go on with.
func (d *dfa) candidates(patterns, nodes []int32, end bool) []candidate {
	all := make([]candidate, len(patterns))
	for i, p := range patterns {
		all[i].pattern = p
		var own []uint32
		for ; len(nodes) > 0 && d.nfa.nodes[nodes[0]].pattern == p; nodes = nodes[1:] {
			own = append(own, uint32(nodes[0]-d.nfa.base[p]))
		}
		all[i].program = d.program(p)
		if !end {
			all[i].resumption = all[i].program.resume[nodeKey(own)]
		}
	}
	return all
}

// list returns the index of all in lists.
func (d *dfa) list(all []candidate) int32 {
	d.key = d.key[:0]
	for _, c := range all {
		d.key = appendKey(d.key, []int32{c.pattern, c.pc, c.read})
	}
	d.key = append(d.key, 'L')
	i, ok := d.index[string(d.key)]
	if !ok {
		i = int32(len(d.lists))
		d.index[string(d.key)] = i
		d.lists = append(d.lists, all)
		d.memory += 32*len(all) + 100
	}
	return i
}

func appendKey(key []byte, values []int32) []byte {
	for _, v := range values {
		key = binary.LittleEndian.AppendUint32(key, uint32(v))
	}
	return key
}
