package steer

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
)

// Pattern is one regular expression.
type Pattern struct {
	// Expr is for package regexp, without {IP_NUMBER} and the like.
	Expr string
	// Group is the name of the group that takes the address. It stands in Expr
	// once, outside alternatives and repetitions.
	Group string
	// Proved tells that the pattern was proved elsewhere: it is tried only
	// together with patterns that were not.
	Proved bool
	// Others are the names of the groups that hold what others chose, when that is
	// known: then the daemon writes the rest itself. Nil is unknown.
	Others []string
}

// Kind is what was found.
type Kind uint8

const (
	// Overflow: a field that others fill can reach over what the log writes behind it.
	Overflow Kind = iota
	// ForeignStart: the pattern doesn't begin with ^ and a program's name, and so
	// believes the lines of every program.
	ForeignStart
	// Union: the pattern takes a wrong address out of a line that another one reads right.
	Union
	// BorrowedEnd: nothing but the end of the line keeps the pattern from an Overflow.
	BorrowedEnd
	// NotProved: the search was given up, or what it found can't be confirmed.
	NotProved
)

// Finding is what was found out about a pattern.
type Finding struct {
	Kind Kind
	// Pattern is the index of the pattern that takes the wrong address.
	Pattern int
	// Other is the index of the pattern that describes the line; Pattern itself but for a Union.
	Other int
	// Line is a shortest line that shows it; empty where nothing was proved.
	Line string
	// Taken and True are the places in Line of the address that is taken and of
	// the client's. A ForeignStart has no True.
	Taken, True [2]int
}

// Prove returns what there is to say against the patterns, which are tried in
// their order: findings on single patterns first. A pattern with a ForeignStart
// is not searched further when it is not even anchored.
//
// It takes some ten milliseconds a pattern, a second and 100 MiB for the worst. An
// error is that of ctx, or a pattern that can't be compiled.
func Prove(ctx context.Context, patterns []Pattern) ([]Finding, error) {
	subjects, err := newSubjects(patterns)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, s := range subjects {
		if s.Proved {
			continue
		}
		found, err := s.prove(ctx)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	found, err := proveUnions(ctx, subjects)
	if err != nil {
		return nil, err
	}
	return append(findings, found...), nil
}

// subject is a pattern made ready.
type subject struct {
	Pattern
	index    int
	regexp   *regexp.Regexp // as it is given; made when asked for
	reads    *automaton     // the same
	writes   *automaton     // what the daemon may have written
	openings []string       // how the lines that it accepts begin; none when they may be any program's
	anchored bool
	steered  bool // by itself
}

// newSubjects leaves out patterns that were proved and meet no others in a line.
func newSubjects(patterns []Pattern) ([]*subject, error) {
	var subjects []*subject
	met := map[string]bool{} // openings of those to prove
	for _, proved := range []bool{false, true} {
		for i, p := range patterns {
			if p.Proved != proved {
				continue
			}
			s, err := newSubject(i, p)
			if err != nil {
				return nil, fmt.Errorf("prove pattern %d: %w", i, err)
			}
			if proved && !slices.ContainsFunc(s.openings, func(o string) bool { return met[o] }) {
				continue
			}
			for _, o := range s.openings {
				met[o] = met[o] || !proved
			}
			subjects = append(subjects, s)
		}
	}
	return subjects, nil
}

func newSubject(index int, p Pattern) (*subject, error) {
	tree, err := syntax.Parse(p.Expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if groupOf(tree, p.Group) == nil {
		return nil, fmt.Errorf("no group %s in %s", p.Group, p.Expr)
	}
	names, anchored := openings(tree)
	return &subject{
		Pattern: p, index: index, openings: names, anchored: anchored,
		reads:  &automaton{tree: tree, group: p.Group, anchored: anchored},
		writes: &automaton{tree: widen(tree, p.Others), group: p.Group, anchored: anchored},
	}, nil
}

// strict returns the pattern as it is given, which the parser has accepted.
func (s *subject) strict() *regexp.Regexp {
	if s.regexp == nil {
		s.regexp = regexp.MustCompile(s.Expr)
	}
	return s.regexp
}

// prove returns what there is to say against the pattern by itself.
func (s *subject) prove(ctx context.Context) (findings []Finding, err error) {
	if len(s.openings) == 0 {
		s.steered = true
		f, err := s.foreign(ctx)
		if err != nil || !s.anchored {
			return []Finding{f}, err
		}
		findings = append(findings, f)
	}
	f, err := s.alone(ctx, Overflow)
	if err == nil && f == nil {
		f, err = s.borrowed(ctx)
	}
	if f != nil {
		s.steered = s.steered || f.Kind == Overflow
		findings = append(findings, *f)
	}
	return findings, err
}

// alone looks for a line of the daemon's that the pattern reads wrongly.
func (s *subject) alone(ctx context.Context, kind Kind) (*Finding, error) {
	m, err := newMachine(s.reads, s.writes)
	if err != nil {
		return nil, err
	}
	return m.prove(ctx, kind, s, s)
}

// borrowed looks for the same as if more could follow at the end of the line.
func (s *subject) borrowed(ctx context.Context) (*Finding, error) {
	tree := withoutEnd(s.reads.tree)
	if tree.Equal(s.reads.tree) {
		return nil, nil
	}
	more := s.Pattern
	more.Expr = tree.String()
	open, err := newSubject(s.index, more)
	if err != nil {
		return nil, err
	}
	return open.alone(ctx, BorrowedEnd)
}

// foreign shows a line of another program that the pattern believes.
func (s *subject) foreign(ctx context.Context) (Finding, error) {
	// Searched for beside an automaton that accepts everything, its address at
	// the end, where no other can be.
	end := &syntax.Regexp{Op: syntax.OpCapture, Cap: 1, Name: s.Group, Sub: []*syntax.Regexp{{Op: syntax.OpEmptyMatch}}}
	all := &automaton{tree: &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{anyText(), end}}, group: s.Group, anchored: true}
	f := Finding{Kind: NotProved, Pattern: s.index, Other: s.index}
	m, err := newMachine(s.reads, all)
	if err != nil {
		return f, err
	}
	_, err = m.search(ctx, s.reads.start, all.start, func(w witness) bool { return s.confirmForeign(&f, w) })
	return f, err
}

func (s *subject) confirmForeign(f *Finding, w witness) bool {
	for _, texts := range documentation {
		line, _, _ := w.write([2]string{texts[0], ""})
		if !s.anchored {
			line = "any: " + line
		}
		if _, taken, ok := pick(line, s, s); ok {
			f.Kind, f.Line, f.Taken = ForeignStart, line, taken
			return true
		}
	}
	return false
}

// proveUnions looks for lines of one pattern that another one reads wrongly. Only
// patterns of one program can meet in a line. Those that are steered by
// themselves are left out: everything they take can be wrong. A pattern that one search
// was given up for is not tried with others, so that the time is bounded.
func proveUnions(ctx context.Context, subjects []*subject) (findings []Finding, err error) {
	for _, group := range byOpening(subjects) {
		var automata []*automaton
		for _, s := range group {
			automata = append(automata, s.reads, s.writes)
		}
		m, err := newMachine(automata...)
		if err != nil {
			return nil, err
		}
		for _, a := range group {
			found, err := m.proveWith(ctx, a, group)
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				if !slices.ContainsFunc(findings, f.sameUnion) {
					findings = append(findings, f)
				}
			}
		}
	}
	return findings, nil
}

// proveWith looks for lines of the others that a reads wrongly.
func (m *machine) proveWith(ctx context.Context, a *subject, others []*subject) (findings []Finding, err error) {
	for _, b := range others {
		if a == b || a.Proved && b.Proved {
			continue
		}
		f, err := m.prove(ctx, Union, a, b)
		if err != nil {
			return nil, err
		}
		if f != nil {
			findings = append(findings, *f)
			if f.Kind == NotProved {
				break
			}
		}
	}
	return findings, nil
}

// sameUnion tells whether f and g are about the same two patterns.
func (f *Finding) sameUnion(g Finding) bool {
	return f.Pattern == g.Pattern && f.Other == g.Other || f.Pattern == g.Other && f.Other == g.Pattern
}
