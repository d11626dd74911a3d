package steer

import (
	"regexp/syntax"
	"slices"
	"unicode"
)

// alphabet is the runes of a machine. Those that no instruction tells apart are one class.
type alphabet struct {
	runes []rune // one of each class, those that read well first
	kinds []kind
	takes [][]bool // by class and instruction
}

// spell makes the alphabet.
func (m *machine) spell() {
	seen := map[string]bool{}
	for _, r := range m.candidates() {
		row := make([]bool, len(m.insts))
		signature := make([]byte, len(m.insts)/8+2)
		signature[0] = byte(kindOf(r))
		for i := range m.insts {
			in := &m.insts[i]
			switch in.Op {
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
				if in.MatchRune(r) {
					row[i] = true
					signature[1+i/8] |= 1 << (i % 8)
				}
			}
		}
		if seen[string(signature)] {
			continue
		}
		seen[string(signature)] = true
		m.runes = append(m.runes, r)
		m.kinds = append(m.kinds, kindOf(r))
		m.takes = append(m.takes, row)
	}
}

// candidates returns runes of which at least one is in each class, those that read
// well first. A line holds no line breaks and no NUL.
func (m *machine) candidates() []rune {
	cuts := map[rune]bool{'\t': true, 0x80: true}
	for r := rune(' '); r < 0x7f; r++ {
		cuts[r] = true
	}
	for i := range m.insts {
		for j, r := range m.insts[i].Rune {
			cuts[r] = true
			if len(m.insts[i].Rune) == 1 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					cuts[f], cuts[f+1] = true, true
				}
			}
			if j%2 == 1 || len(m.insts[i].Rune) == 1 {
				cuts[r+1] = true
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
