package regexset

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
)

// program is a pattern as the verifier runs it: the instructions of the
// standard library's program, with runs of literals, loops over one class and
// tokens as single instructions.
type program struct {
	code     []instruction // begins with the first; nil: the standard library runs it
	anchored bool
	groups   int
	first    byteSet // the bytes before which a match can begin
	prefix   []byte  // what every match begins with
	// stdlib is the standard library's form, made when the verifier first gives up.
	stdlib func() *regexp.Regexp
}

type opcode uint8

const (
	opFail       opcode = iota
	opMatch             // the end
	opText              // reads text
	opClass             // reads one rune of class
	opToken             // reads a token, the longest first
	opSplit             // goes to next, then to other
	opGreedy            // reads as many runes of class as possible, then ever fewer
	opPossessive        // reads all runes of class: fewer cannot succeed
	opLazy              // reads as few runes of class as possible, then ever more
	opCapture           // stores the place in slot
	opAssert            // goes on where assert holds
)

type instruction struct {
	op     opcode
	assert syntax.EmptyOp
	slot   int32
	next   int32
	other  int32
	text   []byte // opText: to read; opGreedy, opLazy: what must stand where the loop ends
	class  *class
	token  *token
	// first holds the bytes that next can succeed before, otherFirst those of other.
	first, otherFirst byteSet
}

func compile(expr string, p *pattern) program {
	g := program{
		anchored: p.anchored(),
		groups:   p.groups,
		stdlib:   sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) }),
	}
	if p.large() {
		return g
	}
	start := p.skip(uint32(p.prog.Start))
	ahead := p.ahead(start)
	g.first = ahead.admitted()
	if !g.anchored {
		g.prefix, _ = p.text(p.visible(start))
	}
	g.translate(p, start)
	return g
}

// translate appends the instructions that can be reached from start.
func (g *program) translate(p *pattern, start uint32) {
	pcs := []uint32{start}
	place := map[uint32]int32{start: 0}
	placeOf := func(pc int32) int32 {
		i, ok := place[uint32(pc)]
		if !ok {
			i = int32(len(pcs))
			place[uint32(pc)] = i
			pcs = append(pcs, uint32(pc))
		}
		return i
	}
	for i := 0; i < len(pcs); i++ {
		in := p.translate(pcs[i])
		if in.op > opMatch {
			in.next = placeOf(in.next)
		}
		if in.op == opSplit {
			in.other = placeOf(in.other)
		}
		g.code = append(g.code, in)
	}
	g.code = slices.Clip(g.code)
}

// translate returns the instruction at pc, next and other still as in p.

func (p *pattern) translate(pc uint32) instruction {
	in := &p.prog.Inst[pc]
	next := p.skip(in.Out)
	switch in.Op {
	case syntax.InstMatch:
		return instruction{op: opMatch}
	case syntax.InstFail:
		return instruction{op: opFail}
	case syntax.InstCapture:
		return instruction{op: opCapture, slot: int32(in.Arg), next: int32(next)}
	case syntax.InstEmptyWidth:
		return instruction{op: opAssert, assert: syntax.EmptyOp(in.Arg), next: int32(next)}
	case syntax.InstAlt, syntax.InstAltMatch:
		return p.choice(pc, next, p.skip(in.Arg))
	}
	if t := p.token(in); t != nil {
		return instruction{op: opToken, token: t, next: int32(next)}
	}
	if text, after := p.text(pc); text != nil {
		return instruction{op: opText, text: text, next: int32(after)}
	}
	class := p.class[pc]
	return instruction{op: opClass, class: &class, next: int32(next)}
}

// choice translates the instruction at pc which tries next and then other.
func (p *pattern) choice(pc, next, other uint32) instruction {
	if p.loops(next, pc) {
		return p.loop(opGreedy, next, other)
	}
	if p.loops(other, pc) {
		return p.loop(opLazy, other, next)
	}
	first, otherFirst := p.ahead(next), p.ahead(other)
	return instruction{op: opSplit, next: int32(next), other: int32(other),
		first: first.admitted(), otherFirst: otherFirst.admitted()}
}

// loops tells whether the instruction at body reads one rune and leads to pc.
func (p *pattern) loops(body, pc uint32) bool {
	in := &p.prog.Inst[body]
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return p.skip(in.Out) == pc && p.token(in) == nil
	}
	return false
}

func (p *pattern) loop(op opcode, body, exit uint32) instruction {
	class, ahead := p.class[body], p.ahead(exit)
	if op == opGreedy && (ahead.accepts || !ahead.perhaps && !ahead.bytes.meets(&class.lead)) {
		// Either the rest succeeds where the run ends, or it cannot before.
		return instruction{op: opPossessive, class: &class, next: int32(exit)}
	}
	text, _ := p.text(p.visible(exit))
	return instruction{op: op, class: &class, next: int32(exit), first: ahead.admitted(), text: text}
}

// visible follows instructions that neither read nor assert.
func (p *pattern) visible(pc uint32) uint32 {
	for p.prog.Inst[pc].Op == syntax.InstCapture || p.prog.Inst[pc].Op == syntax.InstNop {
		pc = p.prog.Inst[pc].Out
	}
	return pc
}

// text returns the literal that begins at pc, nil when there is none, and what follows it.
func (p *pattern) text(pc uint32) (text []byte, after uint32) {
	for {
		in := &p.prog.Inst[pc]
		r, ok := p.literal(in)
		if !ok {
			return text, pc
		}
		text = append(text, string(r)...)
		pc = p.skip(in.Out)
	}
}
