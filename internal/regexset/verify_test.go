package regexset

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func verifierOf(t testing.TB, expr string, least int) (*program, *verifier) {
	t.Helper()
	g := compile(mustParse(t, expr)[0], newShared(least))
	return &g, &verifier{loc: make([]int, 2*g.groups+1)}
}

// Every group becomes a token if only it can, however small.
func TestTheVerifierWithTokensFindsWhatTheStandardLibraryFinds(t *testing.T) {
	tokens := 0
	for seed := range uint64(1000) {
		g := newGenerator(seed)
		group := g.expr(1) + g.pick("a|ab|b", `\bab?`, `[ab]{1,3}\b`, `1\d?|[2-9]:(?:a:)*`, `a(?:-a)*`, "b+?") + g.expr(1)
		expr := g.pick("^", "", ".*") + "(" + group + ")" + g.pick("", "a", "-a", ":", `\b`, "$", "(a|b)*$")
		re, err := regexp.Compile(expr)
		if err != nil {
			continue
		}
		trees := mustParse(t, expr)
		tokens += len(parse(trees[0], newShared(0)).tokens)
		program, v := verifierOf(t, expr, 0)
		for range 10 {
			line := g.line(trees)
			if diff := cmp.Diff(re.FindSubmatchIndex(line), v.find(program, line)); diff != "" {
				t.Fatalf("seed %d: %q in %q (-want +got):\n%s", seed, expr, line, diff)
			}
		}
	}
	if tokens < 100 {
		t.Errorf("only %d groups became tokens", tokens)
	}
}

func TestTheAddressIsAToken(t *testing.T) {
	p := parse(mustParse(t, `^sshd: from `+address+`:\d+`)[0], newShared(minTokenProgram))
	if len(p.tokens) != 1 {
		t.Errorf("%d tokens, want 1", len(p.tokens))
	}
}

// A token with several ends must give back its tail: here the port.
func TestATokenGivesBackWhatFollowsIt(t *testing.T) {
	for _, test := range []struct{ pattern, line, want string }{
		{address + `:\d+$`, "1::2:3", "1::2"},
		{address + `:\d+:\d+$`, "1:2::3:4", "1:2::"},
		{address + `\.5$`, "1.2.3.4.5", "1.2.3.4"},
		{address + `$`, "1::2:3", "1::2:3"},
		{address, "::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{address + `\.0\.2\.1`, "::ffff:192.0.2.1", "::ffff:192"},
	} {
		program, v := verifierOf(t, test.pattern, minTokenProgram)
		want := regexp.MustCompile(test.pattern).FindStringSubmatchIndex(test.line)
		loc := v.find(program, []byte(test.line))
		if diff := cmp.Diff(want, loc); diff != "" {
			t.Errorf("%s in %q (-want +got):\n%s", test.pattern, test.line, diff)
		} else if loc != nil && test.line[loc[2]:loc[3]] != test.want {
			t.Errorf("%s in %q: %q, want %q", test.pattern, test.line, test.line[loc[2]:loc[3]], test.want)
		}
	}
}

func TestTheStandardLibraryTakesOverWhereTheVerifierWouldNotEnd(t *testing.T) {
	for _, expr := range []string{`^(a|b|ab)*c`, `(?:a?){20}a{20}$`, `(x+x+)+y`, `(?:(?:a*)*)*b`, `.*a.*b.*a.*b.*c`} {
		re := regexp.MustCompile(expr)
		program, v := verifierOf(t, expr, minTokenProgram)
		for _, line := range []string{strings.Repeat("ab", 500), strings.Repeat("x", 1000), strings.Repeat("a", 300) + "c"} {
			if diff := cmp.Diff(re.FindStringSubmatchIndex(line), v.find(program, []byte(line))); diff != "" {
				t.Errorf("%s in %.10q… (-want +got):\n%s", expr, line, diff)
			}
			if budget := stepsPerLine + stepsPerByte*len(line); v.steps < -2*budget {
				t.Errorf("%s in %.10q… took %d steps of %d", expr, line, budget-v.steps, budget)
			}
		}
	}
}

func TestLastTextFindsTheLastPlace(t *testing.T) {
	g := newGenerator(6)
	letters := func(n int) (b []byte) {
		for range n {
			b = append(b, "ab\x00\x80\xff"[g.IntN(5)])
		}
		return b
	}
	for range 20000 {
		in := instruction{text: append([]byte{'a'}, letters(g.IntN(4))...)}
		in.head, in.mask = head(in.text)
		line := letters(g.IntN(40))
		low := g.IntN(len(line) + 1)
		pos := low + g.IntN(len(line)+1-low)
		want := low - 1
		if i := bytes.LastIndex(line[low:min(pos+len(in.text), len(line))], in.text); i >= 0 {
			want = low + i
		}
		if got := in.lastText(line, pos, low); got != want {
			t.Fatalf("lastText(%q, %d, %d) of %q = %d, want %d", line, pos, low, in.text, got, want)
		}
	}
}
