package steer

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// openings returns how the lines that re accepts can begin: with the name of a
// program, three of its letters or all of it with the sign behind it, in lower case. It returns
// none when some line may begin otherwise, and then whether at least each match
// begins where the line does.
func openings(re *syntax.Regexp) (names []string, anchored bool) {
	prog, err := syntax.Compile(clip(re).Simplify())
	if err != nil {
		return nil, false
	}
	o := opener{prog: prog, spelt: true, anchored: true}
	o.walk(uint32(prog.Start), false, "", map[uint32]bool{})
	if !o.spelt {
		return nil, o.anchored
	}
	slices.Sort(o.names)
	return slices.Compact(o.names), true
}

const (
	openingLength = 3
	tagEnds       = "[: "
)

type opener struct {
	prog            *syntax.Prog
	spelt, anchored bool
	names           []string
}

// walk follows prog from pc, with the runes read so far.
func (o *opener) walk(pc uint32, anchored bool, read string, seen map[uint32]bool) {
	if seen[pc] {
		return
	}
	seen[pc] = true
	in := &o.prog.Inst[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		o.walk(in.Out, anchored, read, seen)
		o.walk(in.Arg, anchored, read, seen)
	case syntax.InstCapture, syntax.InstNop:
		o.walk(in.Out, anchored, read, seen)
	case syntax.InstEmptyWidth:
		// A line holds no line breaks: the beginning of a line is that of the text.
		begins := syntax.EmptyOp(in.Arg)&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0
		if begins && !anchored {
			seen = map[uint32]bool{}
		}
		o.walk(in.Out, anchored || begins, read, seen)
	case syntax.InstFail:
	default: // runes, or the match
		o.anchored = o.anchored && anchored
		if !anchored || in.Op == syntax.InstMatch || in.Op == syntax.InstRuneAny || in.Op == syntax.InstRuneAnyNotNL {
			o.spelt = false
			return
		}
		o.read(in, read)
	}
}

// read goes on behind an instruction that spells one rune.
func (o *opener) read(in *syntax.Inst, read string) {
	alternatives := spelled(in)
	if len(alternatives) == 0 || read == "" && strings.ContainsRune(tagEnds, alternatives[0]) {
		o.spelt = false
	}
	for _, r := range alternatives {
		name := read + string(r)
		if len(name) >= openingLength || strings.ContainsRune(tagEnds, r) {
			o.names = append(o.names, name)
			continue
		}
		o.walk(in.Out, true, name, map[uint32]bool{})
	}
}

// spelled returns the few runes that in takes, in lower case; none when they are many.
func spelled(in *syntax.Inst) (runes []rune) {
	const few = 4
	if len(in.Rune) == 1 { // with its other cases, if so flagged
		return []rune{unicode.ToLower(in.Rune[0])}
	}
	for i := 0; i+1 < len(in.Rune); i += 2 {
		for r := in.Rune[i]; r <= in.Rune[i+1]; r++ {
			if len(runes) == few {
				return nil
			}
			runes = append(runes, unicode.ToLower(r))
		}
	}
	return runes
}
