package regexset

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// clause is a list of strings in lower case; a line that matches holds one of them at least.
type clause []string

const (
	maxWords   = 24 // of a clause
	maxWordLen = 32
	minWordLen = 2
)

// shortest returns the length of the shortest word.
func (c clause) shortest() int {
	n := maxWordLen
	for _, w := range c {
		n = min(n, len(w))
	}
	return n
}

// required is what is known of the texts that an expression matches: all of
// them, when they are few (exact), and clauses that each of them satisfies.
type required struct {
	exact   clause
	clauses []clause
}

// clausesOf returns what a line must hold to match re, the longest words first.
func clausesOf(re *syntax.Regexp) []clause {
	var useful []clause
	for _, c := range requires(re).all() {
		if c.shortest() >= minWordLen {
			useful = append(useful, c)
		}
	}
	slices.SortStableFunc(useful, func(a, b clause) int { return b.shortest() - a.shortest() })
	return useful
}

// all returns the clauses, the exact texts among them.
func (r required) all() []clause {
	if len(r.exact) == 0 {
		return r.clauses
	}
	return append(slices.Clip(r.clauses), r.exact)
}

func requires(re *syntax.Regexp) required {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return required{exact: clause{""}}
	case syntax.OpLiteral:
		return requiresText(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return requiresClass(re.Rune)
	case syntax.OpCapture:
		return requires(re.Sub[0])
	case syntax.OpQuest:
		if exact := requires(re.Sub[0]).exact; exact != nil && len(exact) < maxWords {
			return required{exact: union(exact, clause{""})}
		}
	case syntax.OpPlus:
		return required{clauses: requires(re.Sub[0]).all()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required{clauses: requires(re.Sub[0]).all()}
		}
	case syntax.OpConcat:
		return requiresAll(re.Sub)
	case syntax.OpAlternate:
		return requiresOne(re.Sub)
	}
	return required{}
}

// requiresText returns what a literal requires: its pieces of maxWordLen bytes, without
// the runes whose bytes in the line are not certain.
func requiresText(text []rune, fold bool) required {
	var r required
	run, whole := []byte{}, true
	for _, c := range text {
		known := certain(c, fold)
		if known {
			if word := lower(c); len(run)+len(word) <= maxWordLen {
				run = append(run, word...)
				continue
			}
		}
		whole = false
		r.clauses = append(r.clauses, clause{string(run)})
		run = run[:0]
		if known {
			run = append(run, lower(c)...)
		}
	}
	if whole {
		return required{exact: clause{string(run)}}
	}
	r.clauses = append(r.clauses, clause{string(run)})
	return r
}

// certain tells whether a rune stands in the line as itself, but for the case of
// ASCII letters. U+FFFD, which stray bytes read as, a token, and k and s without
// regard to case, which the Kelvin sign and the long s match too, do not.
func certain(r rune, fold bool) bool {
	if !utf8.ValidRune(r) || r == utf8.RuneError {
		return false
	}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if f >= utf8.RuneSelf || r >= utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

func lower(r rune) string {
	if 'A' <= r && r <= 'Z' {
		r += 'a' - 'A'
	}
	return string(r)
}

func requiresClass(ranges []rune) required {
	var exact clause
	size := rune(0)
	for i := 0; i < len(ranges); i += 2 {
		size += ranges[i+1] - ranges[i] + 1
	}
	if size > 2*maxWords { // of two letters one is left in lower case
		return required{}
	}
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if r >= utf8.RuneSelf || len(exact) == maxWords {
				return required{}
			}
			exact = union(exact, clause{lower(r)})
		}
	}
	return required{exact: exact}
}

// requiresAll returns what parts require one after another.
func requiresAll(parts []*syntax.Regexp) required {
	var r required
	run, whole := clause{""}, true // the texts since the last part that is not exact
	for _, part := range parts {
		next := requires(part)
		if next.exact != nil && len(run)*len(next.exact) <= maxWords {
			if joined := join(run, next.exact); joined.fits() {
				run = joined
				continue
			}
		}
		whole = false
		r.clauses = append(r.clauses, run)
		r.clauses = append(r.clauses, next.clauses...)
		run = clause{""}
		if next.exact != nil {
			run = next.exact
		}
	}
	if whole {
		return required{exact: run}
	}
	r.clauses = append(r.clauses, run)
	return r
}

// requiresOne returns what each of the alternatives requires.
func requiresOne(alternatives []*syntax.Regexp) required {
	exact, either := clause{}, clause{}
	for _, sub := range alternatives {
		r := requires(sub)
		if r.exact == nil {
			exact = nil
		} else if exact != nil {
			exact = union(exact, r.exact)
		}
		best := clause{""}
		for _, c := range r.all() {
			if c.shortest() > best.shortest() {
				best = c
			}
		}
		either = union(either, best)
	}
	if exact != nil && len(exact) <= maxWords {
		return required{exact: exact}
	}
	if len(either) > 2*maxWords {
		return required{}
	}
	return required{clauses: []clause{either}}
}

func (c clause) fits() bool {
	return !slices.ContainsFunc(c, func(w string) bool { return len(w) > maxWordLen })
}

func join(a, b clause) clause {
	var c clause
	for _, x := range a {
		for _, y := range b {
			c = append(c, x+y)
		}
	}
	return union(nil, c)
}

func union(a, b clause) clause {
	c := slices.Clip(a)
	for _, w := range b {
		if !slices.Contains(c, w) {
			c = append(c, w)
		}
	}
	return c
}
