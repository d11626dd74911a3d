package regexset

import (
	"encoding/binary"
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
	first    *byteTable // the bytes before which a match can begin
	prefix   []byte     // what every match begins with
	resume   map[string]resumption
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
	once   bool // a loop: reads at least one rune
	assert syntax.EmptyOp
	// mark is the slot that the place where the instruction begins is stored in.
	mark  int32
	slot  int32
	next  int32
	other int32
	// then and otherwise are next and other once more, for run.
	then, otherwise *instruction
	text            []byte // opText: to read; opGreedy, opLazy: what must stand where the loop ends
	// head and mask are the first eight bytes of text, to compare them at once.
	head, mask uint64
	class      *class
	token      *token
	// follow holds, in its first set, the bytes that next can succeed before, in its second those of other.
	follow *byteTable
}

// compile translates a pattern. What programs have in common stands in known.
func compile(tree *syntax.Regexp, known *shared) program {
	p := parse(tree, known)
	g := program{
		anchored: p.anchored(),
		groups:   p.groups,
		stdlib:   sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(tree.String()) }),
	}
	if p.large() {
		return g
	}
	start := p.skip(uint32(p.prog.Start))
	ahead := p.ahead(start)
	g.first = known.table(ahead.admitted(), byteSet{})
	if !g.anchored {
		g.prefix, _ = p.text(p.visible(start))
	}
	pcs := g.translate(p, start, known)
	g.resume = g.resumptions(p, pcs)
	g.foldCaptures(certainGroups(p.tree))
	g.link()
	return g
}

// translate appends the instructions that can be reached from start and returns
// their places in p.
func (g *program) translate(p *pattern, start uint32, known *shared) (pcs []uint32) {
	pcs = []uint32{start}
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
		in := p.translate(pcs[i], known)
		in.mark = int32(2 * g.groups) // nobody looks there
		in.head, in.mask = head(in.text)
		if in.op > opMatch {
			in.next = placeOf(in.next)
		}
		if in.op == opSplit {
			in.other = placeOf(in.other)
		}
		g.code = append(g.code, in)
	}
	g.code = slices.Clip(g.code)
	return pcs
}

// link is called when the instructions stay where they are.
func (g *program) link() {
	for i := range g.code {
		in := &g.code[i]
		in.then, in.otherwise = &g.code[in.next], &g.code[in.other]
	}
}

// head returns the first eight bytes of text as a number, and a mask of as many
// bytes as there are.
func head(text []byte) (word, mask uint64) {
	var b, m [8]byte
	for i := range m[:copy(b[:], text)] {
		m[i] = 0xff
	}
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(m[:])
}

// translate returns the instruction at pc, next and other still as in p.
func (p *pattern) translate(pc uint32, known *shared) instruction {
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
		return p.choice(pc, known)
	}
	if t := p.token(in); t != nil {
		return instruction{op: opToken, token: t, next: int32(next)}
	}
	if text, after := p.text(pc); text != nil {
		return instruction{op: opText, text: text, next: int32(after)}
	}
	if p.isLoop(next, pc) {
		loop := p.choice(next, known)
		loop.once = true
		return loop
	}
	return instruction{op: opClass, class: p.class[pc], next: int32(next)}
}

// choice translates the instruction at pc, which tries one way and then another.
func (p *pattern) choice(pc uint32, known *shared) instruction {
	next, other := p.skip(p.prog.Inst[pc].Out), p.skip(p.prog.Inst[pc].Arg)
	if p.loops(next, pc) {
		return p.loop(opGreedy, next, other, known)
	}
	if p.loops(other, pc) {
		return p.loop(opLazy, other, next, known)
	}
	first, second := p.ahead(next), p.ahead(other)
	return instruction{op: opSplit, next: int32(next), other: int32(other), follow: known.table(first.admitted(), second.admitted())}
}

// isLoop tells whether pc is a choice between body, once more, and going on.
func (p *pattern) isLoop(pc, body uint32) bool {
	in := &p.prog.Inst[pc]
	return (in.Op == syntax.InstAlt || in.Op == syntax.InstAltMatch) &&
		(p.skip(in.Out) == body || p.skip(in.Arg) == body) && p.loops(body, pc)
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

func (p *pattern) loop(op opcode, body, exit uint32, known *shared) instruction {
	class, ahead := p.class[body], p.ahead(exit)
	if op == opGreedy && (ahead.accepts || !ahead.perhaps && !ahead.bytes.meets(&class.lead)) {
		// Either the rest succeeds where the run ends, or it cannot before.
		return instruction{op: opPossessive, class: class, next: int32(exit)}
	}
	text, _ := p.text(p.visible(exit))
	return instruction{op: op, class: class, next: int32(exit), text: text, follow: known.table(ahead.admitted(), byteSet{})}
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
