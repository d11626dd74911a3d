package steer

import (
	"regexp/syntax"
	"slices"
)

// widen returns re with any text in place of every free field: what the daemon
// may have written when it puts into the field what others chose.
//
// A free field is a loop of no fixed length over a class with letters. Digits
// and hexadecimal numbers are the daemon's own; and names, such as those of hosts and
// modules, written as a class with - and . but no other signs, unless they stand in a
// named group, as users do. So is text whose escapes are spelt,
// (?:[^"\\]|\\.)*. Where others is not nil, only the groups of those names
// hold free fields.
func widen(re *syntax.Regexp, others []string) *syntax.Regexp {
	w := widener{others: others, known: others != nil}
	return w.widen(re, false)
}

type widener struct {
	others []string
	known  bool // that others are all
}

// widen does so for a part of the pattern; foreign tells that it stands in a group of others' words.
func (w widener) widen(re *syntax.Regexp, foreign bool) *syntax.Regexp {
	foreign = foreign || w.foreign(re)
	if loops(re) && w.free(re.Sub[0], foreign) {
		return anyText()
	}
	return mapSubs(re, func(sub *syntax.Regexp) *syntax.Regexp { return w.widen(sub, foreign) })
}

// foreign tells whether re is a group of others' words.
func (w widener) foreign(re *syntax.Regexp) bool {
	if re.Op != syntax.OpCapture || re.Name == "" {
		return false
	}
	return !w.known || slices.Contains(w.others, re.Name)
}

// loops tells whether re repeats something for as long as somebody likes.
func loops(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		return true
	case syntax.OpRepeat:
		return re.Max == -1 || re.Max > 1 && re.Max > re.Min
	}
	return false
}

// free tells whether text that repeats re can be somebody's words.
func (w widener) free(re *syntax.Regexp, foreign bool) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return foreign || !w.known
	case syntax.OpCharClass:
		return letters(re.Rune) >= 10 && (foreign || !w.known && !ownName(re.Rune))
	case syntax.OpCapture:
		return w.free(re.Sub[0], foreign || w.foreign(re))
	case syntax.OpAlternate, syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, escape) &&
			slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return w.free(sub, foreign) })
	}
	return false
}

// letters counts the small letters in a class beyond the hexadecimal digits.
func letters(class []rune) int {
	n := 0
	for r := 'g'; r <= 'z'; r++ {
		if in(class, r) {
			n++
		}
	}
	return n
}

// ownName tells whether a class holds the signs of a host's name and no others.
func ownName(class []rune) bool {
	for r := rune(' '); r < 0x7f; r++ {
		if !syntax.IsWordChar(r) && r != '.' && r != '-' && r != ':' && in(class, r) {
			return false
		}
	}
	return in(class, '.') && in(class, '-') && class[len(class)-1] < 0x7f
}

func in(class []rune, r rune) bool {
	for i := 0; i < len(class); i += 2 {
		if class[i] <= r && r <= class[i+1] {
			return true
		}
	}
	return false
}

// escape tells whether re begins with a backslash that is meant.
func escape(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpConcat:
		return escape(re.Sub[0])
	case syntax.OpLiteral:
		return re.Rune[0] == '\\'
	}
	return false
}

// maxCount is how far the search counts; ids in logs are shorter. Beyond it a
// repetition is one without end: the automaton accepts more, so a proof holds, and a
// line that it finds may not be confirmed.
const maxCount = 32

// clip returns re without large counts.
func clip(re *syntax.Regexp) *syntax.Regexp {
	out := mapSubs(re, clip)
	if out.Op == syntax.OpRepeat && max(out.Min, out.Max) > maxCount {
		out.Min, out.Max = min(out.Min, maxCount), -1
	}
	return out
}

// withoutEnd returns re as if text could follow where it asks for the end of the line.
func withoutEnd(re *syntax.Regexp) *syntax.Regexp {
	if re.Op == syntax.OpEndText || re.Op == syntax.OpEndLine {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	return mapSubs(re, withoutEnd)
}

// with returns re with content in the group of that name.
func with(re *syntax.Regexp, group string, content *syntax.Regexp) *syntax.Regexp {
	if re.Op == syntax.OpCapture && re.Name == group {
		out := *re
		out.Sub = []*syntax.Regexp{content}
		return &out
	}
	return mapSubs(re, func(sub *syntax.Regexp) *syntax.Regexp { return with(sub, group, content) })
}

// mapSubs returns a copy of re with f of its operands.
func mapSubs(re *syntax.Regexp, f func(*syntax.Regexp) *syntax.Regexp) *syntax.Regexp {
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		out.Sub[i] = f(sub)
	}
	return &out
}

func anyText() *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpStar, Sub: []*syntax.Regexp{{Op: syntax.OpAnyChar}}}
}
