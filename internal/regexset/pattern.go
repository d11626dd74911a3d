package regexset

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// pattern is a parsed regular expression. Its program is the one that package
// regexp would run, so the order of its choices is the standard library's,
// except that a large group stands there as one token.
type pattern struct {
	tree   *syntax.Regexp
	prog   *syntax.Prog
	tokens []*token
	class  []*class // of the instructions that read a rune
	groups int
	mark   []uint32 // visited by ahead in round
	round  uint32
}

// maxProgram is the most instructions of a program that is worth more than the
// standard library: counted repetitions make them by the million.
const maxProgram = 4000

func (p *pattern) large() bool { return len(p.prog.Inst) > maxProgram }

// firstToken is the rune that stands for tokens[0]; no line contains it.
const firstToken = unicode.MaxRune + 1

// parse makes a pattern of a tree, which stays as it is.
func parse(tree *syntax.Regexp, known *shared) *pattern {
	p := new(pattern)
	p.tree = p.tokenise(tree, known)
	p.groups = p.tree.MaxCap() + 1 // no token captures
	var err error
	if p.prog, err = syntax.Compile(p.tree.Simplify()); err != nil {
		panic("regexset: " + err.Error()) // there is none for what syntax.Parse returns
	}
	p.mark = make([]uint32, 2*len(p.prog.Inst))
	p.class = known.classesOf(p.prog)
	return p
}

// tokenise returns re with a token in the place of each group that can be one.
func (p *pattern) tokenise(re *syntax.Regexp, known *shared) *syntax.Regexp {
	if re.Op == syntax.OpCapture {
		if t := known.token(re.Sub[0]); t != nil {
			r := firstToken + rune(len(p.tokens))
			p.tokens = append(p.tokens, t)
			out := *re
			out.Sub = []*syntax.Regexp{{Op: syntax.OpLiteral, Rune: []rune{r}}}
			return &out
		}
	}
	out := re
	for i, sub := range re.Sub {
		with := p.tokenise(sub, known)
		if with == sub {
			continue
		}
		if out == re {
			copied := *re
			copied.Sub = slices.Clone(re.Sub)
			out = &copied
		}
		out.Sub[i] = with
	}
	return out
}

// token returns the token that in stands for, or nil.
func (p *pattern) token(in *syntax.Inst) *token {
	if in.Op == syntax.InstRune1 && in.Rune[0] >= firstToken {
		return p.tokens[in.Rune[0]-firstToken]
	}
	return nil
}

// literal returns the rune that in asks for when its bytes in the line are
// certain: not when it folds, and not U+FFFD, which any stray byte reads as.
func (p *pattern) literal(in *syntax.Inst) (rune, bool) {
	if in.Op != syntax.InstRune1 {
		return 0, false
	}
	r := in.Rune[0]
	return r, utf8.ValidRune(r) && r != utf8.RuneError
}

// skip follows instructions that do nothing.
func (p *pattern) skip(pc uint32) uint32 {
	for p.prog.Inst[pc].Op == syntax.InstNop {
		pc = p.prog.Inst[pc].Out
	}
	return pc
}

// anchored tells whether a match can begin at the line's first byte only.
func (p *pattern) anchored() bool {
	return p.prog.StartCond()&syntax.EmptyBeginText != 0
}

// lookahead is what can come at a place in a program.
type lookahead struct {
	bytes   byteSet // the next byte, if one is read
	accepts bool    // the program can match here without reading on
	perhaps bool    // it can when an assertion holds here
}

// ahead returns what can come at pc. An end of text is left out: it never holds
// before a byte.
func (p *pattern) ahead(pc uint32) lookahead {
	p.round++
	var l lookahead
	p.look(&l, pc, false)
	return l
}

func (p *pattern) look(l *lookahead, pc uint32, asserted bool) {
	for {
		place := 2 * pc
		if asserted {
			place++
		}
		if p.mark[place] == p.round {
			return
		}
		p.mark[place] = p.round
		in := &p.prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			p.look(l, in.Out, asserted)
			pc = in.Arg
			continue
		case syntax.InstCapture, syntax.InstNop:
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&syntax.EmptyEndText != 0 {
				return
			}
			asserted = true
		case syntax.InstMatch:
			l.accepts = l.accepts || !asserted
			l.perhaps = l.perhaps || asserted
			return
		case syntax.InstFail:
			return
		default:
			if t := p.token(in); t != nil {
				l.bytes.union(&t.first)
			} else {
				l.bytes.union(&p.class[pc].lead)
			}
			return
		}
		pc = in.Out
	}
}

// admitted returns the bytes before which the rest can succeed.
func (l *lookahead) admitted() byteSet {
	if l.accepts || l.perhaps {
		return allBytes
	}
	return l.bytes
}
