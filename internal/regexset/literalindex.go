package regexset

import (
	"slices"
	"strings"
)

// literalIndex narrows a line to the patterns whose required words stand in it.
type literalIndex struct {
	words *ahoCorasick
	// bare are the patterns that no word narrows.
	bare []int32
	// keyed are, by clause, the patterns tried when it is satisfied.
	keyed [][]keyedPattern
}

// keyedPattern is a pattern with the other clauses that it requires.
type keyedPattern struct {
	pattern int32
	others  []int32
}

const (
	maxClauses   = 4       // of a pattern
	maxWordBytes = 1 << 16 // of an index; a byte costs it some 200 bytes at most
)

// newLiteralIndex takes the numbers of patterns and the clauses of each.
func newLiteralIndex(patterns []int32, clauses [][]clause) *literalIndex {
	all, of := numberClauses(clauses)
	users := make([]int, len(all))
	for _, ids := range of {
		for _, id := range ids {
			users[id]++
		}
	}
	x := &literalIndex{keyed: make([][]keyedPattern, len(all))}
	used, size := make([]bool, len(all)), 0
	for i, pattern := range patterns {
		// The key is long and shared with few, for all that share it are tried together.
		slices.SortStableFunc(of[i], func(a, b int32) int {
			return all[b].shortest()*users[a] - all[a].shortest()*users[b]
		})
		var mine []int32
		for _, id := range of[i] {
			if !used[id] && size+all[id].size() > maxWordBytes || len(mine) == maxClauses {
				continue
			}
			if !used[id] {
				used[id] = true
				size += all[id].size()
			}
			mine = append(mine, id)
		}
		if len(mine) == 0 {
			x.bare = append(x.bare, pattern)
			continue
		}
		x.keyed[mine[0]] = append(x.keyed[mine[0]], keyedPattern{pattern, mine[1:]})
	}
	var words []string
	var ends []int32
	for id, c := range all {
		for _, w := range c {
			if used[id] {
				words, ends = append(words, w), append(ends, int32(id))
			}
		}
	}
	x.words = newAhoCorasick(words, ends)
	return x
}

// numberClauses returns the distinct clauses, and of each pattern the numbers of its own.
func numberClauses(clauses [][]clause) (all []clause, of [][]int32) {
	ids := map[string]int32{}
	of = make([][]int32, len(clauses))
	for i := range clauses {
		for _, c := range clauses[i] {
			key := strings.Join(c, "\x00")
			id, ok := ids[key]
			if !ok {
				id = int32(len(all))
				ids[key] = id
				all = append(all, c)
			}
			if !slices.Contains(of[i], id) {
				of[i] = append(of[i], id)
			}
		}
	}
	return all, of
}

func (c clause) size() int {
	n := 0
	for _, w := range c {
		n += len(w)
	}
	return n
}

// find adds the patterns that line may match to patterns. It uses s, which is for this index alone.
func (x *literalIndex) find(line []byte, s *scratch, patterns bitset) {
	for _, p := range x.bare {
		patterns.add(p)
	}
	if len(x.keyed) == 0 {
		return
	}
	clear(s.satisfied)
	s.found = x.words.scan(line, s.satisfied, s.found[:0])
	for _, id := range s.found {
		for _, k := range x.keyed[id] {
			if s.satisfied.hasAll(k.others) {
				patterns.add(k.pattern)
			}
		}
	}
}

// scratch is what a search in a literalIndex writes to.
type scratch struct {
	satisfied bitset
	found     []int32
}

func (x *literalIndex) newScratch() scratch {
	return scratch{newBitset(len(x.keyed)), make([]int32, 0, len(x.keyed))}
}
