package rules

import (
	"regexp/syntax"
	"slices"
)

// check reports what only all files together show. Shipped rules are taken to be
// right, and what they have in common with the author's own is said of the own.
func (l *loader) check(own, entries []*Entry) {
	l.checkRecidive()
	l.checkNames(entries)
	l.checkExprs(own)
	memory := recall(entries)
	for _, e := range own {
		for _, p := range e.Patterns {
			l.checkAddress(p, memory)
			l.checkCounted(p)
			for _, q := range p.doubts {
				l.report(Warning, Pos{p.Pos.File, p.Pos.Line, p.Pos.Column + q.at}, "%s", q.message)
			}
		}
	}
	if len(entries) == 0 && len(l.files) == 1 && len(l.files[0].uses) == 0 && len(l.files[0].faults)+len(l.faults) == 0 {
		l.report(Warning, Pos{l.files[0].name, 1, 1}, "no entry and no use: nothing will be blocked")
	}
}

func (l *loader) checkRecidive() {
	var first *recidive
	for _, p := range l.files {
		for _, r := range p.recidive {
			if first != nil {
				l.report(Error, r.pos, "recidive stands at %s already: there is one for all entries", first.pos)
				continue
			}
			first = &r
		}
	}
}

func (l *loader) checkNames(entries []*Entry) {
	first := map[string]*Entry{}
	for _, e := range entries {
		had := first[e.Name]
		switch {
		case had == nil:
			first[e.Name] = e
		case e.shipped == "":
			l.report(Warning, e.Pos, "entry [%s] stands at %s already: hits are counted together by name", e.Name, had.Pos)
		case had.shipped == "":
			l.report(Warning, had.Pos, "the shipped rules %s have an entry [%s] too: hits are counted together by name", e.shipped, e.Name)
		}
	}
}

// checkExprs finds patterns that package regexp would refuse, and those that an equal
// one keeps from ever being reached. One whose entry has exclusions lets lines through.
func (l *loader) checkExprs(own []*Entry) {
	first := map[string]*Pattern{}
	for _, e := range own {
		for i, p := range slices.Concat(e.Patterns, e.Exclusions) {
			expr := p.Expr()
			if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
				l.report(Error, p.Pos, "the pattern is too large: shorten its counted repetitions")
			}
			if i >= len(e.Patterns) {
				continue
			}
			if had := first[expr]; had != nil {
				l.report(Warning, p.Pos, "this pattern can never win: the same stands at %s, which is tried first", had.Pos)
			} else if len(e.Exclusions) == 0 {
				first[expr] = p
			}
		}
	}
}

// memory is what the remember entries can tell of lines without an address.
type memory struct {
	tags     map[string]bool // by process; "" is any
	sessions bool            // by the group "session"
}

func recall(entries []*Entry) memory {
	m := memory{tags: map[string]bool{}}
	for _, e := range entries {
		if e.kind() != Remember {
			continue
		}
		for _, p := range e.Patterns {
			if p.hasGroup(sessionGroup) {
				m.sessions = true
			} else {
				m.tags[p.Tag] = true
			}
		}
	}
	return m
}

func (m memory) knows(p *Pattern) bool {
	if p.hasGroup(sessionGroup) {
		return m.sessions
	}
	return m.tags[p.Tag] || m.tags[""]
}

// checkAddress wants to know who is meant by a pattern.
func (l *loader) checkAddress(p *Pattern, m memory) {
	kind := p.entry.kind()
	switch {
	case p.address > 0 || kind == Ignore:
	case kind == Remember:
		l.report(Error, p.Pos, "{IP_NUMBER} is missing: there is no address to remember")
	case m.knows(p):
	case p.hasGroup(sessionGroup):
		l.report(Error, p.Pos, "{IP_NUMBER} is missing, and no remember entry has a group \"session\": write {IP_NUMBER} where the address stands, or such an entry")
	case p.Tag != "":
		l.report(Error, p.Pos, "{IP_NUMBER} is missing, and no entry remembers the address for %s: write {IP_NUMBER} where the address stands, or an entry with \"remember 2m\" for the line that has it", p.Tag)
	default:
		l.report(Error, p.Pos, "{IP_NUMBER} is missing: write it where the attacker's address stands")
	}
}

// checkCounted wants the group that a verdict counts.
func (l *loader) checkCounted(p *Pattern) {
	for _, v := range p.entry.Verdicts {
		if v.Different != "" && !p.hasGroup(v.Different) {
			l.report(Error, p.Pos, "this pattern has no group (?P<%s>…), whose different values the entry's verdict counts", v.Different)
		}
	}
}
