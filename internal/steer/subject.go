package steer

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
)

// subject is a pattern made ready.
type subject struct {
	Pattern
	index    int
	reads    *automaton     // the pattern as it is given
	regexp   *regexp.Regexp // the same; made when asked for
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
	names, anchored := openings(with(tree, p.Group, anyText()))
	s := &subject{Pattern: p, index: index, openings: names, anchored: anchored}
	s.read(tree)
	return s, nil
}

// read makes the automata of the pattern whose tree is given.
func (s *subject) read(tree *syntax.Regexp) {
	s.reads = &automaton{tree: tree, group: s.Group, anchored: s.anchored}
	s.writes = &automaton{tree: widen(tree, s.Others), group: s.Group, anchored: s.anchored}
}

// strict returns the pattern for the standard library: as it was given, or written
// from its tree, which takes longer.
func (s *subject) strict() *regexp.Regexp {
	if s.regexp != nil {
		return s.regexp
	}
	expr := s.Expr
	if expr == "" {
		expr = s.reads.tree.String()
	}
	s.regexp = regexp.MustCompile(expr)
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
	open := *s
	open.Expr, open.regexp = "", nil
	open.read(tree)
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
