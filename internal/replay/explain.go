package replay

import (
	"cmp"
	"regexp"
	"slices"

	"syslog-blacklist/rules"
)

// attempt is a pattern that was tried on a line.
type attempt struct {
	pattern *rules.Pattern
	entry   *rules.Entry
	order   int
	// matches tells that the pattern takes the line; exclusion, which of the
	// entry's ! patterns gives it back.
	matches   bool
	exclusion *rules.Pattern
	// fits bytes of the pattern fit the line up to byte to.
	fits, to int
}

// attempts tries every pattern of set on line, in the order of trial.
func attempts(set *rules.Set, line []byte) []attempt {
	var all []attempt
	for _, e := range set.Entries() {
		for _, p := range e.Patterns {
			a := attempt{pattern: p, entry: e, order: len(all)}
			if a.matches = regexp.MustCompile(p.Expr()).Match(line); a.matches {
				a.exclusion = excludes(e, line)
			} else {
				a.fits, a.to = fit(p.Text, line)
			}
			all = append(all, a)
		}
	}
	return all
}

// excludes returns the exclusion of e that matches line, or nil.
func excludes(e *rules.Entry, line []byte) *rules.Pattern {
	i := slices.IndexFunc(e.Exclusions, func(x *rules.Pattern) bool { return regexp.MustCompile(x.Expr()).Match(line) })
	if i < 0 {
		return nil
	}
	return e.Exclusions[i]
}

// nearest returns the attempts that failed and are worth showing, n at most, in
// the order of trial: up to the entry that took the line, those that came beyond
// the program's name. Where nothing did and nothing took it, what came furthest into that.
// An entry that an exclusion kept from the line is always among them.
func nearest(all []attempt, l *Line, n int) []attempt {
	head := len(l.Message.Line) - len(l.Message.Text)
	tried := slices.DeleteFunc(slices.Clone(all), func(a attempt) bool {
		return a.matches && a.exclusion == nil || l.Hit != nil && a.entry.Number > l.Hit.Entry.Number
	})
	near := slices.DeleteFunc(slices.Clone(tried), func(a attempt) bool { return !a.matches && a.to <= head })
	if len(near) == 0 && l.Hit == nil {
		near = slices.DeleteFunc(tried, func(a attempt) bool { return a.to == 0 })
	}
	slices.SortStableFunc(near, func(a, b attempt) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(b.to, a.to), cmp.Compare(b.fits, a.fits))
	})
	near = near[:min(n, len(near))]
	slices.SortFunc(near, func(a, b attempt) int { return cmp.Compare(a.order, b.order) })
	return near
}

// rank puts what matched before what did not.
func rank(a attempt) int {
	if a.matches {
		return 1
	}
	return 0
}
