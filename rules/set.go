package rules

import (
	"net/netip"
	"regexp/syntax"
	"runtime"
	"sync"

	"syslog-blacklist/internal/regexset"
)

// Set is what a rules file says, compiled. It is immutable and safe for
// concurrent use.
type Set struct {
	entries  []*Entry
	never    []Never
	always   []netip.Prefix
	lists    []List
	recidive *Verdict

	patterns   []*Pattern // of all entries, in order of trial; numbered as in search
	search     *regexset.Set
	exclusions func() *regexset.Set // of all entries, in their order; made when first asked for
	free       chan *Matcher
}

// newSet numbers the entries and compiles their patterns.
func newSet(entries []*Entry) *Set {
	s := &Set{entries: entries, free: make(chan *Matcher, runtime.GOMAXPROCS(0))}
	var search, exclusions []*syntax.Regexp
	for n, e := range entries {
		e.Number = n
		for _, p := range e.Patterns {
			s.patterns = append(s.patterns, p)
			search = append(search, p.tree)
		}
		e.end = len(s.patterns)
		e.excluded[0] = len(exclusions)
		for _, x := range e.Exclusions {
			exclusions = append(exclusions, x.tree)
		}
		e.excluded[1] = len(exclusions)
	}
	s.search = regexset.Compile(search)
	s.exclusions = sync.OnceValue(func() *regexset.Set { return regexset.Compile(exclusions) })
	return s
}

// Entries returns the entries in order of trial. The slice and what it holds are
// the set's own.
func (s *Set) Entries() []*Entry { return s.entries }

// Never returns the operands of the never directives, in the order of the files.
func (s *Set) Never() []Never { return s.never }

// Always returns the blackout list: masked prefixes, in the order of the files.
func (s *Set) Always() []netip.Prefix { return s.always }

// Lists returns the files that never and always name, in the order of the files.
func (s *Set) Lists() []List { return s.lists }

// Recidive returns the verdict on those who are banned again and again, whatever
// for; it has a count. It is nil when the files name none.
func (s *Set) Recidive() *Verdict { return s.recidive }

// Matcher lends a matcher, for one goroutine and about one batch of lines.
func (s *Set) Matcher() *Matcher {
	select {
	case m := <-s.free:
		return m
	default:
		return &Matcher{set: s, search: s.search.NewMatcher()}
	}
}

// Release takes m back. As many as can run at once are kept, because a matcher
// that has seen lines is large and fast.
func (s *Set) Release(m *Matcher) {
	select {
	case s.free <- m:
	default:
	}
}
