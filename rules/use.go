package rules

import (
	"slices"
	"strings"
	"time"
)

// used returns the entries that the files' use directives ask for, in that order.
// What is named has its own verdict whatever a bundle it belongs to has.
func (l *loader) used() []*Entry {
	named, seen := map[string]bool{}, map[string]bool{}
	for _, p := range l.files {
		for _, u := range p.uses {
			for _, n := range u.names {
				named[n.text] = true
			}
		}
	}
	var entries []*Entry
	for _, p := range l.files {
		for _, u := range p.uses {
			for _, n := range u.names {
				switch {
				case seen[n.text]:
					l.report(Warning, n.pos, "%s is used already: the first use counts", n.text)
				case slices.Contains(bundles, n.text):
					entries = append(entries, l.bundle(n, u.verdict, named)...)
				default:
					l.checkSpoofable(n, u.verdict)
					entries = append(entries, l.shipped(n.text, u.verdict, n.pos)...)
				}
				seen[n.text] = true
			}
		}
	}
	return entries
}

// bundle returns the entries of a bundle but for the shipped rules in taken, to which it
// adds its own. Spoofable rules keep their own, short verdict.
func (l *loader) bundle(n operand, verdict *Verdict, taken map[string]bool) []*Entry {
	var entries []*Entry
	var forged []string
	for _, name := range bundle(n.text) {
		v := verdict
		switch {
		case taken[name]:
			continue
		case spoofable(name):
			forged = append(forged, name)
			v = nil
		}
		taken[name] = true
		entries = append(entries, l.shipped(name, v, n.pos)...)
	}
	if len(forged) > 0 {
		l.report(Note, n.pos, "%s believes addresses that can be forged, with the rules %s: somebody else could be blocked, for %s at most",
			n.text, strings.Join(forged, " "), FormatDuration(maxSpoofed))
	}
	return entries
}

// maxSpoofed is the longest ban of somebody whose address may have been forged.
const maxSpoofed = 10 * time.Minute

// shipped returns the entries of the shipped rules of that name; verdict, if any,
// takes the place of their block verdicts.
func (l *loader) shipped(name string, verdict *Verdict, at Pos) []*Entry {
	text, ok := LibraryText(name)
	if !ok {
		l.unknownRules(name, at)
		return nil
	}
	p, forged := parse("library/"+name+".conf", []byte(text)), spoofable(name)
	for _, e := range p.entries {
		e.shipped, e.forged = name, forged
		if verdict == nil || e.kind() != Block {
			continue
		}
		e.Verdicts = []Verdict{*verdict}
		if g := verdict.Different; g != "" && !e.counts(g) {
			l.report(Error, at, "the shipped rules %s have no group %s in each pattern of [%s]: leave \"different %s\" out", name, g, e.Name, g)
			return nil
		}
	}
	return p.entries
}

// checkSpoofable says that rules that are used by name believe forged addresses.
func (l *loader) checkSpoofable(n operand, verdict *Verdict) {
	if !spoofable(n.text) {
		return
	}
	l.report(Note, n.pos, "%s believes addresses that can be forged: somebody else could be blocked", n.text)
	if verdict != nil && max(verdict.For, verdict.DoublingTo) > maxSpoofed {
		l.report(Warning, n.pos, "%s believes addresses that can be forged: block for %s at most", n.text, FormatDuration(maxSpoofed))
	}
}

// counts tells whether each pattern has a group of that name.
func (e *Entry) counts(group string) bool {
	for _, p := range e.Patterns {
		if !p.hasGroup(group) {
			return false
		}
	}
	return true
}

func (l *loader) unknownRules(name string, at Pos) {
	if near := nearest(name, append(Library(), bundles...)); near != "" {
		l.report(Error, at, "no shipped rules are called %s: did you mean %s?", quote(name), near)
		return
	}
	l.report(Error, at, "no shipped rules are called %s: syslog-blacklist rules lists them", quote(name))
}
