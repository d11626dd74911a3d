package fail2ban

import (
	"errors"
	"slices"
)

// readPrefregex reads a prefregex, whose <F-CONTENT> is what the other expressions see.
func readPrefregex(expr string) ([]token, error) {
	tokens, err := tokenize(expr)
	if err != nil {
		return nil, err
	}
	if len(alternatives(tokens)) > 1 {
		return nil, errors.New("it has alternatives outside of groups")
	}
	from := slices.IndexFunc(tokens, isContent)
	if from < 0 {
		return nil, errors.New("it has no <F-CONTENT>")
	}
	depth := 0
	for i, t := range tokens {
		if i == from && depth > 0 {
			return nil, errors.New("it has <F-CONTENT> inside a group")
		}
		depth += nesting(t.kind)
		if t.kind == contentEnd && depth == 0 {
			if i+1 < len(tokens) && tokens[i+1].kind == repeat {
				return nil, errors.New("it repeats <F-CONTENT>")
			}
			return tokens, nil
		}
	}
	return nil, errors.New("its <F-CONTENT> is never closed")
}

func isContent(t token) bool { return t.kind == contentOf }

// combine puts an expression in the place of prefregex's content. A content that has
// a form of its own is not compared: the expression says more.
func combine(pref, expr []token) []token {
	from := slices.IndexFunc(pref, isContent)
	to := slices.IndexFunc(pref, func(t token) bool { return t.kind == contentEnd })
	before, after := pref[:from], pref[to+1:]
	n := leadingFlags(expr)
	lead, inner := expr[:n], expr[n:]
	if len(inner) > 0 && inner[0].kind == begin {
		inner = inner[1:]
	} else {
		inner = slices.Concat([]token{{atom, "."}, {repeat, "*"}}, inner)
	}
	rest := slices.Clone(after)
	switch closed := len(inner) > 0 && inner[len(inner)-1].kind == end; {
	case closed && len(after) == 0:
	case closed:
		inner = inner[:len(inner)-1]
	case len(after) == 1 && after[0].kind == end:
		rest = nil
	case len(after) > 0:
		inner = slices.Concat(inner, []token{{atom, "."}, {repeat, "*"}})
	}
	if n > 0 {
		inner = slices.Concat([]token{{open, "(?:"}}, lead, inner, []token{{closing, ")"}})
	}
	return slices.Concat(yield(before, inner), inner, yield(rest, inner))
}

// yield takes from the prefregex what the expression has too: the address, and groups of the same name.
func yield(pref, expr []token) []token {
	out := slices.Clone(pref)
	for i, t := range out {
		switch {
		case t.kind == host && slices.Contains(expr, t):
			out[i] = token{atom, `[\w.:-]+`}
		case t.kind == open && t.text != "(?:" && slices.Contains(expr, t):
			out[i].text = "(?:"
		}
	}
	return out
}
