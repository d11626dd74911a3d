package regexset

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
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
	return Compile(mustParse(t, patterns...)).NewMatcher()
}

func mustParse(t testing.TB, patterns ...string) []*syntax.Regexp {
	t.Helper()
	trees, err := trees(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return trees
}

func trees(patterns []string) (trees []*syntax.Regexp, err error) {
	for _, p := range patterns {
		tree, err := syntax.Parse(p, syntax.Perl)
		if err != nil {
			return nil, err
		}
		trees = append(trees, tree)
	}
	return trees, nil
}

// agree compares a random set with the loop on random lines.
func agree(t *testing.T, seed uint64) {
	t.Helper()
	g := newGenerator(seed)
	var patterns []string
	for range 1 + g.IntN(8) {
		patterns = append(patterns, g.expression())
	}
	m, want, trees := mustCompile(t, patterns), newLoop(patterns), mustParse(t, patterns...)
	for range 20 {
		compare(t, m, want, g.line(trees), g.IntN(3))
	}
}

func TestRandomPatternsMatchAsInTheStandardLibrary(t *testing.T) {
	for seed := range uint64(500) {
		agree(t, seed)
	}
}

func FuzzRandomPatternsMatchAsInTheStandardLibrary(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(agree)
}

func FuzzPatternsMatchAsInTheStandardLibrary(f *testing.F) {
	f.Add("^sshd: .* from (\\S+)$\n(?i)K|s\\b", []byte("sshd: x from y"), 0)
	f.Add("(a*)*|b\n(|a)+?$", []byte("\xffaab"), 1)
	f.Add(`(?P<IP>`+address+`):\d`, []byte("1::2:3"), 0)
	f.Fuzz(func(t *testing.T, list string, line []byte, from int) {
		patterns := strings.Split(list, "\n")
		trees, err := trees(patterns)
		if err != nil || len(list) > 1000 || len(line) > 1000 {
			return
		}
		m, want := Compile(trees).NewMatcher(), newLoop(patterns)
		for range 2 { // the second time on known states
			compare(t, m, want, line, max(from, 0))
		}
	})
}

func TestRealisticRulesMatchAsInTheStandardLibrary(t *testing.T) {
	traffic := newTraffic(7)
	patterns := append(realisticRules(40, address), webRules(15, "^", address)...)
	patterns = append(patterns, webRules(15, "^web: ", address)...)
	patterns = append(patterns, "too many failures by "+address, `(?i)rhost=\S*`+address+`$`)
	m, want := mustCompile(t, patterns), newLoop(patterns)
	for range 150 {
		for _, line := range []string{traffic.mixed(), traffic.web(), "web: " + traffic.web(), traffic.hostile()} {
			compare(t, m, want, []byte(line), 0)
		}
	}
}

func TestMatchersOfOneSetRunSideBySide(t *testing.T) {
	patterns := []string{"^sshd: .* from " + address, `^web: (a|b|ab)*c`, "x(.*)y"}
	s, want := Compile(mustParse(t, patterns...)), newLoop(patterns)
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			m := s.NewMatcher()
			for i := range 50 {
				compare(t, m, want, fmt.Appendf(nil, "sshd: x%dy from 192.0.2.%d", i, i), 0)
				compare(t, m, want, []byte("web: "+strings.Repeat("ab", i)), 0)
			}
		})
	}
}

func TestPatternsStayAsTheyAreAndMayShareParts(t *testing.T) {
	patterns := []string{`^sshd: from ` + address + `(?: port (\d+))?$`, `by (` + address + `)`}
	trees := mustParse(t, patterns...)
	shared := mustParse(t, address)[0]
	trees = append(trees, &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{mustParse(t, `^a: `)[0], shared}},
		&syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{mustParse(t, `^b: `)[0], shared}})
	patterns = append(patterns, `^a: `+address, `^b: `+address)
	var before []string
	for _, tree := range trees {
		before = append(before, tree.String())
	}
	for range 2 {
		m, want := Compile(trees).NewMatcher(), newLoop(patterns)
		for _, line := range []string{"sshd: from 192.0.2.1 port 22", "refused by 2001:db8::1", "a: 192.0.2.1", "b: 192.0.2.1"} {
			compare(t, m, want, []byte(line), 0)
		}
	}
	for i, tree := range trees {
		if diff := cmp.Diff(before[i], tree.String()); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	}
}

func TestNextSkipsWhatIsBelowFrom(t *testing.T) {
	m := mustCompile(t, []string{"^a", "b", "^a(b)"})
	for from, want := range []int{0, 1, 2, -1, -1} {
		if got, _ := m.Next([]byte("ab"), from); got != want {
			t.Errorf("Next from %d = %d, want %d", from, got, want)
		}
	}
}

func TestAnEmptySetMatchesNothing(t *testing.T) {
	if got, loc := mustCompile(t, nil).Next([]byte("line"), 0); got != -1 || loc != nil {
		t.Errorf("Next = %d, %v, want -1, nil", got, loc)
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	traffic := newTraffic(3)
	patterns := append(realisticRules(100, address), "too many failures by "+address)
	m := mustCompile(t, append(patterns, webRules(50, "^web: ", address)...))
	for name, line := range map[string]func() string{
		"benign": traffic.benign, "attack": traffic.attack, "web": func() string { return "web: " + traffic.web() },
	} {
		lines := lines(500, line)
		for range 40 { // until the states of all lines are known, or refused
			for _, l := range lines {
				m.Next(l, 0)
			}
		}
		if n := testing.AllocsPerRun(10, func() {
			for _, l := range lines {
				m.Next(l, 0)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations for %d lines", name, n, len(lines))
		}
	}
}
