// Package regexset matches one line against many regular expressions in one
// pass and tells, as the standard library would, which of them match and where
// their groups are.
//
// A line goes through two stages. The first narrows it to the patterns that may
// match: patterns that begin with ^ and a tag (tag.go) share an automaton which is
// made while lines pass (dfa.go) and mostly knows after the tag; all others, and lines
// for which that automaton would grow too large, are narrowed by the words they
// require (literal.go, ahocorasick.go). This stage may let a pattern too many
// through, and none too few. The second stage runs the standard library's own
// program for each pattern that is left, in order (program.go, verify.go), with
// the large groups, such as an address, as tokens (token.go). It gives up after a
// bounded number of steps, and the standard library itself takes over.
//
// Matching allocates nothing, except for new states of the automaton, which are
// bounded, for what a set makes once when a line first needs it, such as a pattern's
// program, and where the standard library takes over. The package knows nothing of
// what the patterns mean.
package regexset

import (
	"regexp/syntax"
	"runtime"
	"sync"
	"sync/atomic"
)

// Set is a compiled list of patterns. It is safe for concurrent use through
// Matchers. What only few lines need is made when the first of them comes: who
// starts does not wait for it.
type Set struct {
	trees    []*syntax.Regexp
	known    *shared
	programs []lazyProgram
	groups   int // the most of a program
	// The patterns that the DFA narrows, and their words for when it gives up.
	tagged      *nfa
	taggedWords func() *literalIndex
	// The words of the others; nil when there are none.
	otherWords *literalIndex
}

// lazyProgram is the program of a pattern, made when a line first may match it.
type lazyProgram struct {
	once    sync.Once
	program program
}

// Compile compiles patterns, in their order of trial. They are what syntax.Parse
// returns with the flags syntax.Perl, or are made of such trees; they may share parts.
// The set keeps them, and nobody may change them.
func Compile(patterns []*syntax.Regexp) *Set {
	s := &Set{
		trees:    patterns,
		known:    newShared(minTokenProgram),
		programs: make([]lazyProgram, len(patterns)),
		groups:   1,
	}
	var tagged, others []int32
	all := s.parseAll()
	for i, p := range all {
		s.groups = max(s.groups, p.groups)
		if p.tagged() {
			tagged = append(tagged, int32(i))
		} else {
			others = append(others, int32(i))
		}
	}
	s.tagged = newNFA(all, tagged)
	s.taggedWords = sync.OnceValue(func() *literalIndex { return s.index(tagged) })
	if len(others) > 0 {
		s.otherWords = s.index(others)
	}
	return s
}

// parseAll parses the patterns side by side: who starts waits for hundreds of them.
func (s *Set) parseAll() []*pattern {
	all := make([]*pattern, len(s.trees))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				all[i] = parse(s.trees[i], s.known)
			}
		})
	}
	workers.Wait()
	return all
}

// index returns the index of the words of some patterns.
func (s *Set) index(patterns []int32) *literalIndex {
	clauses := make([][]clause, len(patterns))
	for i, n := range patterns {
		var p pattern
		clauses[i] = clausesOf(p.tokenise(s.trees[n], s.known))
	}
	return newLiteralIndex(patterns, clauses)
}

// program returns the program of a pattern.
func (s *Set) program(pattern int32) *program {
	l := &s.programs[pattern]
	l.once.Do(func() { l.program = compile(s.trees[pattern], s.known) })
	return &l.program
}

// Matcher holds what a search writes to. It serves one goroutine at a time. It
// grows with the lines it sees, to some five megabytes at most.
type Matcher struct {
	set           *Set
	dfa           *dfa
	tagged, other scratch
	patterns      bitset
	verifier      verifier
}

// NewMatcher returns a matcher for s.
func (s *Set) NewMatcher() *Matcher {
	m := &Matcher{
		set:      s,
		dfa:      newDFA(s.tagged, s.program),
		patterns: newBitset(len(s.programs)),
		verifier: verifier{loc: make([]int, 2*s.groups+1), stack: make([]frame, 0, 256)},
	}
	if s.otherWords != nil {
		m.other = s.otherWords.newScratch()
	}
	return m
}

// Next returns the lowest pattern not below from that matches line, with the
// byte offsets of its match and groups as in regexp.FindSubmatchIndex; the
// offsets are overwritten by the next call. It returns -1, nil when none matches.
func (m *Matcher) Next(line []byte, from int) (pattern int, loc []int) {
	tagged, at, walked := m.dfa.walk(line)
	words := m.byWords(line, !walked)
	for next := words.next(max(from, 0)); ; {
		for len(tagged) > 0 && int(tagged[0].pattern) < from {
			tagged = tagged[1:]
		}
		var c candidate
		switch {
		case len(tagged) > 0 && (next < 0 || int(tagged[0].pattern) < next):
			c, tagged = tagged[0], tagged[1:]
		case next >= 0:
			c = candidate{pattern: int32(next), program: m.set.program(int32(next))}
			next = words.next(next + 1)
		default:
			return -1, nil
		}
		if loc := m.verifier.resume(c.program, line, c.resumption, at); loc != nil {
			return int(c.pattern), loc
		}
	}
}

// byWords returns the patterns that line may match by the words in it: of the tagged
// ones when the DFA could not tell, and of the others.
func (m *Matcher) byWords(line []byte, tagged bool) bitset {
	if !tagged && m.set.otherWords == nil {
		return nil
	}
	clear(m.patterns)
	if tagged {
		words := m.set.taggedWords()
		if m.tagged.satisfied == nil {
			m.tagged = words.newScratch()
		}
		words.find(line, &m.tagged, m.patterns)
	}
	if m.set.otherWords != nil {
		m.set.otherWords.find(line, &m.other, m.patterns)
	}
	return m.patterns
}

// worthNarrowing is how many patterns are tried one by one at least: below it, that
// is faster than narrowing a line first.
const worthNarrowing = 4

// Any tells whether one of the patterns from from to below to matches line.
func (m *Matcher) Any(line []byte, from, to int) bool {
	if to-from >= worthNarrowing {
		i, _ := m.Next(line, from)
		return i >= 0 && i < to
	}
	for i := from; i < to; i++ {
		if m.verifier.find(m.set.program(int32(i)), line) != nil {
			return true
		}
	}
	return false
}
