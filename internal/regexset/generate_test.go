package regexset

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
)

// generator makes random expressions, and random lines that have a good chance
// to match them.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// expression returns an expression that compiles.
func (g generator) expression() string {
	for {
		e := g.expr(3)
		switch g.IntN(4) {
		case 0, 1:
			e = "^" + g.pick("", "a", "sshd", "web", `(?:a|b)`, g.head(), g.head(), g.head()) + e
		case 2:
			e += g.pick("$", `\z`, "", `\b`)
		}
		e = g.pick("", "", "", "", "(?i)", "(?m)", "(?s)", "(?U)") + e
		if _, err := regexp.Compile(e); err == nil {
			return e
		}
	}
}

// head returns what the verifier may resume behind, or nearly so.
func (g generator) head() string {
	var e string
	for range 1 + g.IntN(5) {
		e += g.pick("a", "ab", "sshd", ": ", "a?", "(?:a|b)", "(?:ab|kb)-", "(?:a|ab)", `\d+`, `(?:\[\d+\])?`, "[ab]+", "[ab]*", "(?:ab)+", "(?:ab|ka)*", "(a)", `\w+: `)
	}
	return e
}

func (g generator) expr(depth int) string {
	if depth == 0 {
		return g.atom()
	}
	switch g.IntN(8) {
	case 0:
		return g.atom()
	case 1, 2, 3:
		return g.expr(depth-1) + g.expr(depth-1)
	case 4:
		return "(?:" + g.expr(depth-1) + "|" + g.expr(depth-1) + ")"
	case 5:
		return "(" + g.expr(depth-1) + ")"
	case 6:
		return "(?:" + g.expr(depth-1) + ")" + g.repeat()
	default:
		return g.atom() + g.repeat() + g.atom()
	}
}

func (g generator) repeat() string {
	return g.pick("*", "+", "?", "{2}", "{0,2}", "{1,3}", "{1,}") + g.pick("", "", "?")
}

func (g generator) atom() string {
	if g.IntN(40) == 0 {
		return address
	}
	return g.pick("a", "b", "ab", "sshd", "k", "s", "K", "é", "世", ".", ".", ".*", ".+", ".*?", `\d`, `\w`, `\s`, `\S`, `\W`,
		"[ab]", "[^a]", "[a-k]", "[^é]", "[é-世]", "(?i:k)", "(?i:aS)", `[[:alpha:]]`, `\pL`, `\PL`, `\x{FFFD}`, `[\x{80}-\x{10FFFF}]`,
		"^", "$", `\A`, `\z`, `\b`, `\B`, "(?m:^)", "(?m:$)", "()", "(?:)", "(?:|a)", "(?:a|)", "(a*)", "(a|b)*", "(a*)*", "(a|ab)(c|bcd)*", " from ", "-")
}

// line returns a line that one of the trees may match.
func (g generator) line(trees []*syntax.Regexp) []byte {
	var b strings.Builder
	for range 1 + g.IntN(2) {
		if g.IntN(4) == 0 {
			b.WriteString(g.noise())
		}
		g.text(&b, trees[g.IntN(len(trees))])
		if g.IntN(3) == 0 {
			b.WriteString(g.noise())
		}
	}
	line := []byte(b.String())
	for range g.IntN(3) {
		if len(line) == 0 {
			break
		}
		switch at := g.IntN(len(line)); g.IntN(3) {
		case 0:
			line[at] = byte(g.IntN(256))
		case 1:
			line = append(line[:at], line[at+1:]...)
		case 2:
			line = line[:at]
		}
	}
	return line
}

func (g generator) noise() string {
	if g.IntN(5) == 0 {
		return g.pick("192.0.2.1", "1.2.3.4.5", "01.2.3.4", "::", "1::", "::1", "1::2:3", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9",
			":", ".", "12:34:56", "::12345", "%eth0", "]")
	}
	return g.pick("a", "b", "ab", "sshd", "web", " ", "\n", "k", "s", "K", "ſ", "é", "世", "\xff", "\xe4\xb8", "\x80", "\uFFFD", "7", "_", "-", " from ", "")
}

// text writes a text that re may match, assertions aside.
func (g generator) text(b *strings.Builder, re *syntax.Regexp) {
	if b.Len() > 300 {
		return
	}
	times := func(low, high int) {
		for range low + g.IntN(high-low+1) {
			g.text(b, re.Sub[0])
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		if n := len(re.Rune) / 2; n > 0 {
			i := 2 * g.IntN(n)
			low, high := re.Rune[i], re.Rune[i+1]
			b.WriteRune(low + rune(g.IntN(int(min(high-low, 100))+1)))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(g.noise())
	case syntax.OpStar:
		times(0, 3)
	case syntax.OpPlus:
		times(1, 3)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, max(re.Max, re.Min+1))
	case syntax.OpAlternate:
		g.text(b, re.Sub[g.IntN(len(re.Sub))])
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			g.text(b, sub)
		}
	}
}
