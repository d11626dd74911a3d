package regexset

import "regexp/syntax"

// certainGroups returns the groups that every match of re passes once, and whose
// value is therefore never taken back: a way that fails after the group was
// entered goes back to before it, or leaves it as it is.
func certainGroups(re *syntax.Regexp) map[int32]bool {
	groups := map[int32]bool{}
	var walk func(*syntax.Regexp)
	walk = func(re *syntax.Regexp) {
		if re.Op != syntax.OpConcat && re.Op != syntax.OpCapture {
			return
		}
		if re.Op == syntax.OpCapture {
			groups[int32(re.Cap)] = true
		}
		for _, sub := range re.Sub {
			walk(sub)
		}
	}
	walk(re)
	return groups
}

// foldCaptures makes the captures of these groups part of the instruction behind
// them where nothing else leads to that: patterns of addresses and names have two
// or four of them, each as dear to run as a short text. What they are folded with
// stays behind, unused.
func (g *program) foldCaptures(certain map[int32]bool) {
	none := int32(2 * g.groups)
	leads := make([]int, len(g.code)) // how many instructions lead to one
	for i := range g.code {
		switch in := &g.code[i]; {
		case in.op == opSplit:
			leads[in.other]++
			fallthrough
		case in.op > opMatch:
			leads[in.next]++
		}
	}
	for i := range g.code {
		capture := &g.code[i]
		if capture.op != opCapture || !certain[capture.slot/2] || leads[capture.next] != 1 {
			continue
		}
		if behind := g.code[capture.next]; behind.mark == none && behind.op != opCapture {
			behind.mark = capture.slot
			*capture = behind
		}
	}
}
