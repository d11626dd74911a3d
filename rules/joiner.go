package rules

import (
	"regexp/syntax"
	"unicode"
)

// joiners make one token of what stands on their two sides, in order of their code.
var joiners = []rune{'-', '.', ':'}

// narrowClass takes the joiners out of a class beside the address, unless the
// class is a short list of signs: then they are the author's word. After the
// address a joiner may stay where no word character follows.
func (s side) narrowClass(re *syntax.Regexp) *syntax.Regexp {
	set := runes(re)
	if signs(set) {
		return re
	}
	rest, taken := split(set)
	if len(taken) == 0 {
		return re
	}
	if s == left {
		return class(rest)
	}
	// \B behind a sign says that no word character follows.
	return alternate(class(rest), concat(class(taken), mustParse(`\B`)))
}

// runes returns the ranges of a class.
func runes(re *syntax.Regexp) []rune {
	switch re.Op {
	case syntax.OpAnyChar:
		return []rune{0, unicode.MaxRune}
	case syntax.OpAnyCharNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	}
	return re.Rune
}

// signs tells whether the ranges hold eight characters at most and no word character.
func signs(set []rune) bool {
	n := 0
	for i := 0; i < len(set); i += 2 {
		n += int(set[i+1]-set[i]) + 1
		if n > 8 {
			return false
		}
		for r := set[i]; r <= set[i+1]; r++ {
			if syntax.IsWordChar(r) {
				return false
			}
		}
	}
	return true
}

// split separates the joiners from the other characters of the ranges.
func split(set []rune) (rest, taken []rune) {
	for i := 0; i < len(set); i += 2 {
		lo, hi := set[i], set[i+1]
		for _, j := range joiners {
			if j < lo || hi < j {
				continue
			}
			taken = append(taken, j, j)
			if lo < j {
				rest = append(rest, lo, j-1)
			}
			lo = j + 1
		}
		if lo <= hi {
			rest = append(rest, lo, hi)
		}
	}
	return rest, taken
}

func class(ranges []rune) *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpCharClass, Rune: ranges}
}
