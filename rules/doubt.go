package rules

import "regexp/syntax"

// doubts returns what is doubtful about a pattern for itself. tree is the author's,
// its address group empty at the offset address, or -1; safe tells that a comment
// says why nobody can choose the address.
func doubts(tree *syntax.Regexp, address int, safe bool) []problem {
	var out []problem
	if required(tree) < 3 {
		out = append(out, problem{0, Warning,
			"no fixed text narrows this pattern, so that it is tried on every line: begin it with ^ and the program's name"})
	}
	if s, err := find(tree); err == nil && s != nil && !safe && s.truncatable() {
		out = append(out, problem{address, Warning,
			"a sender that cuts long lines could cut this address, and what is left of it would match: write what follows it in the log before the $"})
	}
	return out
}

// required returns the length of the longest text that every match of re holds.
func required(re *syntax.Regexp) int {
	most := 0
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, s := range re.Sub {
			most = max(most, required(s))
		}
	case syntax.OpAlternate:
		most = required(re.Sub[0])
		for _, s := range re.Sub[1:] {
			most = min(most, required(s))
		}
	}
	return most
}

// truncatable tells whether the address may be the last thing on the line, behind
// a field whose length the attacker chooses.
func (s *spot) truncatable() bool {
	last := false
	for _, n := range s.after {
		if !nullable(*n) {
			last = (*n).Op == syntax.OpEndText
			break
		}
	}
	if !last {
		return false
	}
	for _, n := range s.before {
		if long(*n) {
			return true
		}
	}
	return false
}

// long tells whether re holds a loop without end over letters.
func long(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if _, most := bounds(re); most == -1 && letters(re.Sub[0]) {
			return true
		}
	}
	for _, s := range re.Sub {
		if long(s) {
			return true
		}
	}
	return false
}

// letters tells whether re is a class with some letter in it.
func letters(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			if re.Rune[i] <= 'z' && 'a' <= re.Rune[i+1] {
				return true
			}
		}
	}
	return false
}
