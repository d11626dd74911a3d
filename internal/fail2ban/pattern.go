package fail2ban

import (
	"regexp"
	"slices"
	"strings"
)

// patterns writes one regular expression of fail2ban as patterns of ours, one for each
// alternative outside of groups. The content of prefregex, where there is one, must match.
// The error is about one of them; the others come along.
func patterns(expr string, prefregex []token, src source) (out []string, err error) {
	tokens, err := tokenize(expr)
	if err != nil {
		return nil, err
	}
	for _, alt := range alternatives(tokens) {
		if prefregex != nil {
			alt = combine(prefregex, alt)
		}
		for _, one := range spread(alt) {
			text, e := src.place(one)
			if e != nil {
				err = e
			} else if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out, err
}

// maxSpread is how many patterns one alternative becomes at most.
const maxSpread = 64

// spread writes out the groups in which the address is one of several alternatives, since
// a pattern has one address, and has it always.
func spread(tokens []token) [][]token {
	todo := [][]token{tokens}
	for i := 0; i < len(todo) && len(todo) < maxSpread; {
		from, to := choice(todo[i])
		if from < 0 {
			i++
			continue
		}
		var out [][]token
		for _, alt := range alternatives(todo[i][from+1 : to]) {
			out = append(out, slices.Concat(todo[i][:from+1], alt, todo[i][to:]))
		}
		todo = slices.Concat(todo[:i], out, todo[i+1:])
	}
	return todo
}

// choice finds a group with alternatives and an address in it, -1 when there is none.
func choice(tokens []token) (from, to int) {
	type group struct {
		from      int
		bar, host bool
	}
	var stack []group
	for i, t := range tokens {
		switch {
		case nesting(t.kind) > 0:
			stack = append(stack, group{from: i})
		case len(stack) == 0:
		case t.kind == bar:
			stack[len(stack)-1].bar = true
		case t.kind == host:
			for k := range stack {
				stack[k].host = true
			}
		case nesting(t.kind) < 0:
			g := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if g.bar && g.host {
				return g.from, i
			}
		}
	}
	return -1, 0
}

// alternatives splits tokens at the bars outside of groups. Flags at the very
// beginning are for all.
func alternatives(tokens []token) [][]token {
	lead := leadingFlags(tokens)
	var out [][]token
	depth, from := 0, 0
	for i, t := range tokens {
		depth += nesting(t.kind)
		if t.kind == bar && depth == 0 {
			out = append(out, tokens[from:i])
			from = i + 1
		}
	}
	out = append(out, tokens[from:])
	for i := range out[1:] {
		out[i+1] = slices.Concat(tokens[:lead], out[i+1])
	}
	return out
}

// nesting is what a token adds to the depth.
func nesting(k kind) int {
	switch k {
	case open, contentOf:
		return 1
	case closing, contentEnd:
		return -1
	}
	return 0
}

func leadingFlags(tokens []token) int {
	n := 0
	for n < len(tokens) && tokens[n].kind == flags {
		n++
	}
	return n
}

// misread is a beginning that the rules file would read as something else.
var misread = regexp.MustCompile(`^(?:[!\[0-9]|(?:never|always|use|recidive|include|block|accept|ignore|remember|forget|forever|after|doubling)\b)`)

// safe writes a pattern so that the rules file takes it as it is.
func safe(pattern string) string {
	if strings.HasPrefix(pattern, " ") {
		pattern = "[ ]" + pattern[1:]
	} else if strings.HasPrefix(pattern, "\t") || misread.MatchString(pattern) {
		pattern = "(?:" + pattern + ")"
	}
	if last := len(pattern) - 1; last > 0 {
		switch pattern[last] {
		case ' ':
			pattern = pattern[:last] + "[ ]"
		case '\t':
			pattern = pattern[:last] + `\t`
		}
	}
	return pattern
}
