package steer

import (
	"context"
	"slices"
)

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

// byOpening puts the patterns together that can meet in a line, without those that
// are steered by themselves.
func byOpening(subjects []*subject) [][]*subject {
	groups := map[string][]*subject{}
	var order []string
	for _, s := range subjects {
		if s.steered {
			continue
		}
		for _, name := range s.openings {
			if groups[name] == nil {
				order = append(order, name)
			}
			groups[name] = append(groups[name], s)
		}
	}
	var out [][]*subject
	for _, name := range order {
		if len(groups[name]) > 1 {
			out = append(out, groups[name])
		}
	}
	return out
}
