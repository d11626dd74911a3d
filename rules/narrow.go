package rules

import (
	"errors"
	"regexp/syntax"
	"slices"
)

// placeAddress puts the address into the empty group of {IP_NUMBER} in the tree
// of a pattern, and keeps it from matching inside a longer token, such as
// 109.215.211.35.bc.example.com.
//
// Word characters are kept away by the address itself. A joiner (. : -) before
// it, or one after it that a word character follows, would make it part of a
// longer token. Where the pattern's neighbour is a literal, or a class that
// lists a few signs, the author has spelt the joiner; a wider class or a loop is
// narrowed; at an edge of the pattern a guard is put outside all groups, where
// it may consume what it looks at.
//
// Behind a part that may be empty, what follows is narrowed too, whether that
// part is empty or not.
//
// It returns false when nothing but the address had to be put there.
func placeAddress(root *syntax.Regexp) (narrowed bool, err error) {
	spot, err := find(root)
	if err != nil {
		return false, err
	}
	before, leftEdge, err := left.narrowAll(spot.before)
	if err != nil {
		return false, err
	}
	after, rightEdge, err := right.narrowAll(spot.after)
	if err != nil {
		return false, err
	}
	*spot.group = *addressAs(spot.group.Cap)
	if !leftEdge && !rightEdge {
		return before || after, nil
	}
	inner := *root
	inner.Sub = slices.Clone(inner.Sub) // a single one stands in root itself, which is overwritten
	seq := []*syntax.Regexp{&inner}
	if leftEdge {
		seq = slices.Insert(seq, 0, left.guard())
	}
	if rightEdge {
		seq = append(seq, right.guard())
	}
	*root = *concat(seq...)
	return true, nil
}

// spot is where the address stands: its group, and what stands on either side of
// it at any depth, the nearest first.
type spot struct {
	group         *syntax.Regexp
	before, after []**syntax.Regexp
}

var (
	errOptional = errors.New("a line could match without {IP_NUMBER} here: take it out of the alternatives or of the optional part, or write two patterns")
	errRepeated = errors.New("{IP_NUMBER} is repeated here: which one is the attacker? Take it out of the repetition")
	errNoToken  = errors.New("put a literal beside {IP_NUMBER}: what stands there could take part of a longer word")
)

// find returns where the address stands in re, nil when it doesn't.
func find(re *syntax.Regexp) (*spot, error) {
	if re.Op == syntax.OpCapture && re.Name == addressGroup {
		return &spot{group: re}, nil
	}
	for i := range re.Sub {
		s, err := find(re.Sub[i])
		if s == nil || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		switch re.Op {
		case syntax.OpAlternate, syntax.OpQuest:
			return nil, errOptional
		case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
			return nil, errRepeated
		}
		for k := i - 1; k >= 0; k-- {
			s.before = append(s.before, &re.Sub[k])
		}
		for k := i + 1; k < len(re.Sub); k++ {
			s.after = append(s.after, &re.Sub[k])
		}
		return s, nil
	}
	return nil, nil
}

// side is one side of the address. The work on both is the same, mirrored.
type side bool

const (
	left  side = false
	right side = true
)

// narrowAll narrows the neighbours from the nearest on, until one of them can't
// be empty. edge tells that none is left and a guard must stand at the pattern's edge.
func (s side) narrowAll(neighbours []**syntax.Regexp) (changed, edge bool, err error) {
	for i, n := range neighbours {
		narrowed, err := s.narrow(*n)
		if err != nil {
			return false, false, err
		}
		empty := nullable(narrowed)
		if empty && i == len(neighbours)-1 {
			if full := s.nonEmpty(*n, narrowed); full != nil {
				*n = alternate(full, s.guard())
				return true, false, nil
			}
		}
		if !narrowed.Equal(*n) {
			*n = narrowed
			changed = true
		}
		if !empty {
			return changed, false, nil
		}
	}
	return changed, true, nil
}

// guard matches where the address is not part of a longer token.
func (s side) guard() *syntax.Regexp {
	if s == left {
		return mustParse(`(?:^|[^.:\-])`)
	}
	return mustParse(`(?:$|[^.:\-]|[.:\-]\B)`)
}

// narrow returns re without the ways in which its byte next to the address makes
// that part of a longer token. re itself stays as it is.
func (s side) narrow(re *syntax.Regexp) (*syntax.Regexp, error) {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return s.narrowClass(re), nil
	case syntax.OpCapture, syntax.OpQuest:
		return s.narrowSubs(re, 0)
	case syntax.OpAlternate:
		out := re
		for i := range re.Sub {
			var err error
			if out, err = s.narrowSubs(out, i); err != nil {
				return nil, err
			}
		}
		return out, nil
	case syntax.OpConcat:
		return s.narrowConcat(re)
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		return s.narrowLoop(re)
	}
	return re, nil // literals and assertions
}

// narrowSubs returns a copy of re with its i-th operand narrowed.
func (s side) narrowSubs(re *syntax.Regexp, i int) (*syntax.Regexp, error) {
	sub, err := s.narrow(re.Sub[i])
	if err != nil {
		return nil, err
	}
	out := *re
	out.Sub = slices.Clone(re.Sub)
	out.Sub[i] = sub
	return &out, nil
}

func (s side) narrowConcat(re *syntax.Regexp) (*syntax.Regexp, error) {
	out := re
	for k := range re.Sub {
		i := k
		if s == left {
			i = len(re.Sub) - 1 - k
		}
		var err error
		if out, err = s.narrowSubs(out, i); err != nil {
			return nil, err
		}
		if !nullable(re.Sub[i]) {
			break
		}
	}
	return out, nil
}

// narrowLoop narrows the one turn of a loop that touches the address.
func (s side) narrowLoop(re *syntax.Regexp) (*syntax.Regexp, error) {
	touching, err := s.narrow(re.Sub[0])
	if err != nil {
		return nil, err
	}
	if touching.Equal(re.Sub[0]) {
		return re, nil
	}
	if nullable(re.Sub[0]) {
		return nil, errNoToken
	}
	full := s.turns(re, touching)
	if !nullable(re) {
		return full, nil
	}
	return &syntax.Regexp{Op: syntax.OpQuest, Flags: re.Flags, Sub: []*syntax.Regexp{full}}, nil
}

// turns is the loop re with at least one turn, of which touching is the one at the address.
func (s side) turns(re, touching *syntax.Regexp) *syntax.Regexp {
	least, most := bounds(re)
	if most == 1 {
		return touching
	}
	if most > 0 {
		most--
	}
	others := &syntax.Regexp{Op: syntax.OpRepeat, Min: max(least-1, 0), Max: most, Flags: re.Flags,
		Sub: []*syntax.Regexp{withoutGroups(re.Sub[0])}}
	if others.Min == 0 && others.Max == -1 {
		others.Op, others.Max = syntax.OpStar, 0
	}
	if s == left {
		return concat(others, touching)
	}
	return concat(touching, others)
}

// nonEmpty is re without the empty match, nil when that can't be said. narrowed is s.narrow(re).
func (s side) nonEmpty(re, narrowed *syntax.Regexp) *syntax.Regexp {
	switch {
	case narrowed.Op == syntax.OpQuest && !nullable(narrowed.Sub[0]):
		return narrowed.Sub[0]
	case (re.Op == syntax.OpStar || re.Op == syntax.OpRepeat) && !nullable(re.Sub[0]):
		return s.turns(re, re.Sub[0]) // a loop that needed no narrowing, or it were a Quest
	}
	return nil
}

// bounds returns how often a loop turns; -1 is without end.
func bounds(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		return 1, -1
	}
	return re.Min, re.Max
}

// nullable tells whether re can match nothing and leave the address's neighbour
// to what stands beyond it. The start and the end of the line are neighbours.
func nullable(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || nullable(re.Sub[0])
	case syntax.OpPlus, syntax.OpCapture:
		return nullable(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !nullable(s) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, nullable)
	}
	return false
}

// withoutGroups copies re without its captures, which must not stand twice.
func withoutGroups(re *syntax.Regexp) *syntax.Regexp {
	if re.Op == syntax.OpCapture {
		return withoutGroups(re.Sub[0])
	}
	out := *re
	out.Sub = slices.Clone(re.Sub)
	for i, s := range out.Sub {
		out.Sub[i] = withoutGroups(s)
	}
	return &out
}

func concat(subs ...*syntax.Regexp) *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: subs}
}

func alternate(subs ...*syntax.Regexp) *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpAlternate, Sub: subs}
}
