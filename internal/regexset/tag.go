package regexset

import "regexp/syntax"

// neutral are beginnings of lines that no rule was written for: two as programs
// print them, one as an access log has them. The letters z and q are as good as any.
var neutral = [...]string{"zq[1]: zq zq zq ", "zq: zq zq zq ", "192.0.2.1 - zq zq "}

// tagged tells whether p leaves the DFA soon in a line that it does not match: it
// begins with ^ and a program's tag, or with any tag and what only its program says
// behind it. A pattern that is still alive after some words of anybody's line would
// keep the DFA busy through every line.
func (p *pattern) tagged() bool {
	if !p.anchored() || p.large() {
		return false
	}
	for _, line := range neutral {
		if p.survives(line) {
			return false
		}
	}
	return true
}

// survives tells whether a text that begins with line may match, as far as the NFA can tell.
func (p *pattern) survives(line string) bool {
	p.round++
	alive := p.follow(nil, uint32(p.prog.Start), true)
	for i := range len(line) {
		p.round++
		var next []uint32
		for _, pc := range alive {
			in := &p.prog.Inst[pc]
			switch t := p.token(in); {
			case in.Op == syntax.InstMatch:
				return true
			case in.Op == syntax.InstEmptyWidth: // an end of the line, which goes on
			case t == nil && p.class[pc].lead.has(line[i]):
				next = p.follow(next, in.Out, false)
			case t != nil && t.alphabet.has(line[i]):
				next = p.follow(p.follow(next, in.Out, false), pc, false)
			}
		}
		alive = next
	}
	return len(alive) > 0
}

// follow appends the instructions that pc leads to without reading, as the DFA
// does: those that read, the ends of the line, and the match.
func (p *pattern) follow(to []uint32, pc uint32, begin bool) []uint32 {
	if p.mark[pc] == p.round {
		return to
	}
	p.mark[pc] = p.round
	in := &p.prog.Inst[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return p.follow(p.follow(to, in.Out, begin), in.Arg, begin)
	case syntax.InstCapture, syntax.InstNop:
		return p.follow(to, in.Out, begin)
	case syntax.InstEmptyWidth:
		switch assert := syntax.EmptyOp(in.Arg); {
		case assert&syntax.EmptyEndText != 0:
			return append(to, pc)
		case assert&syntax.EmptyBeginText == 0 || begin:
			return p.follow(to, in.Out, begin)
		}
		return to
	case syntax.InstFail:
		return to
	}
	return append(to, pc)
}
