package regexset

import (
	"regexp"
	"regexp/syntax"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loop is the naive way, and the oracle of this package.
type loop []*regexp.Regexp

func newLoop(patterns []string) loop {
	var l loop
	for _, p := range patterns {
		l = append(l, regexp.MustCompile(p))
	}
	return l
}

func (l loop) next(line []byte, from int) (int, []int) {
	for i := from; i < len(l); i++ {
		if loc := l[i].FindSubmatchIndex(line); loc != nil {
			return i, loc
		}
	}
	return -1, nil
}

// compare walks through all matches of line in both.
func compare(t *testing.T, m *Matcher, want loop, line []byte, from int) {
	t.Helper()
	for from <= len(want) {
		wantPattern, wantLoc := want.next(line, from)
		pattern, loc := m.Next(line, from)
		if pattern != wantPattern || !cmp.Equal(wantLoc, loc) {
			text := "none"
			if n := max(pattern, wantPattern); n >= 0 {
				text = want[n].String()
			}
			t.Fatalf("Next(%q, %d) = %d, %v, want %d, %v; pattern %q of %q",
				line, from, pattern, loc, wantPattern, wantLoc, text, want)
		}
		if pattern < 0 {
			return
		}
		from = pattern + 1
	}
}

func mustCompile(t testing.TB, patterns []string) *Matcher {
	t.Helper()
	s, err := Compile(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return s.NewMatcher()
}

func trees(patterns []string) []*syntax.Regexp {
	var trees []*syntax.Regexp
	for _, p := range patterns {
		re, _ := syntax.Parse(p, syntax.Perl)
		trees = append(trees, re)
	}
	return trees
}

// agree compares a random set with the loop on random lines.
func agree(t *testing.T, seed uint64) {
	t.Helper()
	g := newGenerator(seed)
	var patterns []string
	for range 1 + g.IntN(8) {
		patterns = append(patterns, g.expression())
	}
	m, want, trees := mustCompile(t, patterns), newLoop(patterns), trees(patterns)
	for range 20 {
		compare(t, m, want, g.line(trees), g.IntN(3))
	}
}

func TestRandomPatternsMatchAsInTheStandardLibrary(t *testing.T) {
	for seed := range uint64(2000) {
		agree(t, seed)
	}
}

func FuzzRandomPatternsMatchAsInTheStandardLibrary(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(agree)
}
