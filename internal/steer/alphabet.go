package steer

import (
	"regexp/syntax"
	"slices"
	"unicode"
)

// alphabet is the runes of a machine. Those that no instruction tells apart are one class.
type alphabet struct {
	sets  []syntax.Inst // of runes that instructions take, each once
	runes []rune        // one of each class, those that read well first
	kinds []kind        // by class
	takes [][]bool      // by class and set
}

// setOf returns the number of the set that an instruction takes.
func (a *alphabet) setOf(in *syntax.Inst) uint32 {
	n := slices.IndexFunc(a.sets, func(s syntax.Inst) bool {
		return s.Op == in.Op && s.Arg == in.Arg && slices.Equal(s.Rune, in.Rune)
	})
	if n < 0 {
		n = len(a.sets)
		a.sets = append(a.sets, *in)
	}
	return uint32(n)
}

// spell makes the classes of the sets.
func (a *alphabet) spell() {
	seen := map[string]bool{}
	for _, r := range a.candidates() {
		row := make([]bool, len(a.sets))
		signature := make([]byte, len(a.sets)+1)
		signature[len(a.sets)] = byte(kindOf(r))
		for i := range a.sets {
			if a.sets[i].MatchRune(r) {
				row[i] = true
				signature[i] = 1
			}
		}
		if seen[string(signature)] {
			continue
		}
		seen[string(signature)] = true
		a.runes = append(a.runes, r)
		a.kinds = append(a.kinds, kindOf(r))
		a.takes = append(a.takes, row)
	}
}

// candidates returns runes of which at least one is in each class, those that read
// well first. A line holds no line breaks and no NUL.
func (a *alphabet) candidates() []rune {
	cuts := map[rune]bool{'\t': true, 0x80: true}
	for r := rune(' '); r < 0x7f; r++ {
		cuts[r] = true
	}
	for _, set := range a.sets {
		for _, r := range set.Rune {
			cuts[r], cuts[r+1] = true, true
			if len(set.Rune) == 1 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					cuts[f], cuts[f+1] = true, true
				}
			}
		}
	}
	var runes []rune
	for r := range cuts {
		surrogate := 0xd800 <= r && r < 0xe000
		if r > 0 && r <= unicode.MaxRune && r != '\n' && r != '\r' && !surrogate {
			runes = append(runes, r)
		}
	}
	slices.SortFunc(runes, func(a, b rune) int {
		if pa, pb := plainness(a), plainness(b); pa != pb {
			return pa - pb
		}
		return int(a - b)
	})
	return runes
}

// plainness is small for runes that are good to read.
func plainness(r rune) int {
	switch {
	case r == 'x':
		return 0
	case 'a' <= r && r <= 'z':
		return 1
	case '1' <= r && r <= '9':
		return 2
	case r == ' ':
		return 3
	case ' ' < r && r < 0x7f:
		return 4
	}
	return 5
}
