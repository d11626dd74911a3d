package steer_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"syslog-blacklist/internal/steer"
)

// The two addresses of the small lines, and what stands for one of them while it
// is asked whether that one can be it: a word, as an address is one to \b.
const (
	firstAddress  = "192.0.2.1"
	secondAddress = "198.51.100.9"
	marked        = "Q"
)

// part is a piece of a pattern, and what a daemon may write there.
type part struct{ strict, wide string }

var parts = []part{
	{"x", "x"}, {" ", " "}, {":", ":"}, {`\d+`, `\d+`}, {`[-.\w]+`, `[-.\w]+`}, {`[x :]*`, `[x :]*`},
	{`(?:x:)?`, `(?:x:)?`}, {`(?: x|:)`, `(?: x|:)`}, {`(?: x)+`, `(?: x)+`}, {`\w{3}`, `\w{3}`}, {`\b`, `\b`},
	{".*", ".*"}, {".*?", ".*"}, {`\S+`, ".*"}, {`\w*`, ".*"}, {`[^:]+`, ".*"}, {`[^ ]*`, ".*"}, {`.{0,3}`, ".*"},
	{`(?P<user>[-.\w]+)`, ".*"}, {`(?: \w+)*`, "(?: .*)*"}, {`(?:\w| x)*`, ".*"},
}

// small is a random pattern.
type small struct {
	pattern      steer.Pattern
	strict, wide *regexp.Regexp // both with marked in place of the address
}

func smallPatterns(t *rapid.T) []small {
	var out []small
	for range rapid.IntRange(1, 2).Draw(t, "patterns") {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(parts), 0, 3, func(p part) string { return p.strict })
		strict, wide := "^a:", "^a:"
		add := func(name string) {
			for _, p := range some.Draw(t, name) {
				strict += strings.Replace(p.strict, "user", name, 1)
				wide += p.wide
			}
		}
		add("before")
		strict, wide = strict+"{IP}", wide+"{IP}"
		add("after")
		end := rapid.SampledFrom([]string{"", "$"}).Draw(t, "end")
		strict, wide = strict+end, wide+end
		with := func(expr, address string) string { return strings.Replace(expr, "{IP}", address, 1) }
		const address = `(?P<address>\b(?:192\.0\.2\.1|198\.51\.100\.9)\b)`
		out = append(out, small{
			pattern: steer.Pattern{Expr: with(strict, address), Group: "address"},
			strict:  regexp.MustCompile(with(strict, `\b`+marked+`\b`)),
			wide:    regexp.MustCompile(with(wide, `\b`+marked+`\b`)),
		})
	}
	return out
}

// smallLines are all lines of some symbols, among them the two addresses once each.
func smallLines(symbols int) []string {
	lines := map[int][]string{0: {"a:"}} // by addresses in them
	for range symbols {
		next := map[int][]string{0: {"a:"}}
		for _, symbol := range []string{"x", " ", ":", ""} {
			for n, ls := range lines {
				for _, l := range ls {
					switch {
					case symbol != "":
						next[n] = append(next[n], l+symbol)
					case n < 2:
						next[n+1] = append(next[n+1], l+[]string{firstAddress, secondAddress}[n])
					}
				}
			}
		}
		lines = next
	}
	return lines[2]
}

// reads tells whether re accepts line with the address there.
func reads(re *regexp.Regexp, line, address string) bool {
	return re.MatchString(strings.Replace(line, address, marked, 1))
}

// apart tells whether one of the lines is read by a with one address, and may have been
// written in the form of b with the other.
func apart(a, b small, lines []string) (string, bool) {
	for _, l := range lines {
		if reads(a.strict, l, firstAddress) && reads(b.wide, l, secondAddress) ||
			reads(a.strict, l, secondAddress) && reads(b.wide, l, firstAddress) {
			return l, true
		}
	}
	return "", false
}

// Whatever trying all small lines shows, the proof shows too; what it shows beyond
// that is true.
func TestProofsAgreeWithTryingAllSmallLines(t *testing.T) {
	lines := smallLines(6)
	rapid.Check(t, func(t *rapid.T) {
		ps := smallPatterns(t)
		var patterns []steer.Pattern
		for _, p := range ps {
			patterns = append(patterns, p.pattern)
		}
		findings, err := steer.Prove(t.Context(), patterns)
		if err != nil {
			t.Fatal(err)
		}
		steered := map[int]bool{} // by itself
		union := false
		for _, f := range findings {
			switch f.Kind {
			case steer.BorrowedEnd:
				continue
			case steer.Union:
				union = true
			case steer.Overflow:
				steered[f.Pattern] = true
			default:
				t.Fatalf("kind %d of %s", f.Kind, patterns[f.Pattern].Expr)
			}
			if f.Line[f.Taken[0]:f.Taken[1]] == secondAddress && !reads(ps[f.Pattern].strict, f.Line, secondAddress) ||
				!reads(ps[f.Other].wide, f.Line, f.Line[f.True[0]:f.True[1]]) {
				t.Errorf("not so: %s", show(f))
			}
		}
		for i, a := range ps {
			for j, b := range ps {
				if steered[i] || steered[j] || i != j && union {
					continue
				}
				if line, ok := apart(a, b, lines); ok {
					t.Errorf("not found: %q of %s and %s", line, a.pattern.Expr, b.pattern.Expr)
				}
			}
		}
	})
}
