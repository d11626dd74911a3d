package rules

import (
	"slices"
	"strings"
	"time"
)

// asked is a name in a use directive: of shipped rules, or of a bundle of them.
type asked struct {
	operand
	verdict *Verdict // instead of their own, or nil
}

// used returns the entries that the files' use directives ask for, in that order.
// What is named has its own verdict whatever a bundle it belongs to has.
func (l *loader) used() []*Entry {
	all := l.asked()
	named, seen := map[string]bool{}, map[string]bool{}
	var names []string
	for _, a := range all {
		named[a.text] = true
		if slices.Contains(bundles, a.text) {
			names = append(names, bundle(a.text)...)
		} else {
			names = append(names, a.text)
		}
	}
	l.library = parseShipped(names)
	var entries []*Entry
	for _, a := range all {
		switch {
		case seen[a.text]:
			l.report(Warning, a.pos, "%s is used already: the first use counts", a.text)
		case slices.Contains(bundles, a.text):
			entries = append(entries, l.bundle(a, named)...)
		case l.library[a.text] == nil:
			l.unknownRules(a)
		default:
			l.checkSpoofable(a)
			entries = append(entries, l.shipped(a.text, a.verdict, a.pos)...)
		}
		seen[a.text] = true
	}
	return entries
}

// asked returns what the files' use directives name, in that order.
func (l *loader) asked() []asked {
	var all []asked
	for _, p := range l.files {
		for _, u := range p.uses {
			for _, n := range u.names {
				all = append(all, asked{n, u.verdict})
			}
		}
	}
	return all
}

// bundle returns the entries of a bundle but for the shipped rules in taken, to which it
// adds its own. Spoofable rules keep their own, short verdict.
func (l *loader) bundle(a asked, taken map[string]bool) []*Entry {
	var entries []*Entry
	var forged []string
	for _, name := range bundle(a.text) {
		v := a.verdict
		switch {
		case taken[name]:
			continue
		case l.library[name].spoofable:
			forged = append(forged, name)
			v = nil
		}
		taken[name] = true
		entries = append(entries, l.shipped(name, v, a.pos)...)
	}
	if len(forged) > 0 {
		l.report(Note, a.pos, "%s believes addresses that can be forged, with the rules %s: somebody else could be blocked, for %s at most",
			a.text, strings.Join(forged, " "), FormatDuration(maxSpoofed))
	}
	return entries
}

// maxSpoofed is the longest ban of somebody whose address may have been forged.
const maxSpoofed = 10 * time.Minute

// shipped returns the entries of the shipped rules of that name; verdict, if any,
// takes the place of their block verdicts.
func (l *loader) shipped(name string, verdict *Verdict, at Pos) []*Entry {
	p := l.library[name]
	for _, e := range p.entries {
		e.shipped, e.forged = name, p.spoofable
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
func (l *loader) checkSpoofable(a asked) {
	if !l.library[a.text].spoofable {
		return
	}
	l.report(Note, a.pos, "%s believes addresses that can be forged: somebody else could be blocked", a.text)
	if v := a.verdict; v != nil && max(v.For, v.DoublingTo) > maxSpoofed {
		l.report(Warning, a.pos, "%s believes addresses that can be forged: block for %s at most", a.text, FormatDuration(maxSpoofed))
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

func (l *loader) unknownRules(a asked) {
	if near := nearest(a.text, append(Library(), bundles...)); near != "" {
		l.report(Error, a.pos, "no shipped rules are called %s: did you mean %s?", quote(a.text), near)
		return
	}
	l.report(Error, a.pos, "no shipped rules are called %s: syslog-blacklist rules lists them", quote(a.text))
}
