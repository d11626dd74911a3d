package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// A score counts the findings of a source or one of its services.
type score struct {
	attacks, right, wrong int
	quiet, falseHits      int
	sessions, known       int // attacks that need other lines, and those recognised
}

func (s *score) add(c testCase, r result) {
	if r == wrong {
		s.wrong++
	}
	switch {
	case r == notJudged:
	case !c.Match:
		s.quiet++
		if r == falseHit {
			s.falseHits++
		}
	case c.Kind == "session":
		s.sessions++
		if r == right {
			s.known++
		}
	default:
		s.attacks++
		if r == right {
			s.right++
		}
	}
}

func (s *score) plus(o *score) {
	s.attacks += o.attacks
	s.right += o.right
	s.wrong += o.wrong
	s.quiet += o.quiet
	s.falseHits += o.falseHits
	s.sessions += o.sessions
	s.known += o.known
}

func (s *score) String() string {
	return fmt.Sprintf("%d/%d\t%s\t%d\t%d/%d\t%d/%d", s.right, s.attacks, percent(s.right, s.attacks), s.wrong,
		s.falseHits, s.quiet, s.known, s.sessions)
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}

// aims are the shares of attacks, in percent, that are to be recognised.
var aims = map[string]float64{"fail2ban": 95, "sshguard": 95, "crowdsec": 90}

const maxFalse = 1 // percent of the quiet lines

// met tells what is still short of the aims, or "met".
func (s *score) met(aim float64) string {
	switch {
	case 100*float64(s.right) < aim*float64(s.attacks):
		return fmt.Sprintf("too few: %g%% is the aim", aim)
	case s.wrong > 0:
		return "wrong addresses: 0 is the aim"
	case 100*s.falseHits >= maxFalse*s.quiet && s.falseHits > 0:
		return fmt.Sprintf("false hits: below %d%% is the aim", maxFalse)
	}
	return "met"
}

// A table holds the scores by source and service.
type table map[string]map[string]*score

func (t table) add(c testCase, r result) {
	if t[c.Source] == nil {
		t[c.Source] = map[string]*score{}
	}
	if t[c.Source][c.Service] == nil {
		t[c.Source][c.Service] = &score{}
	}
	t[c.Source][c.Service].add(c, r)
}

func (t table) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "SOURCE\tSERVICE\tRIGHT\t\tWRONG\tFALSE\tSESSIONS\tAIM")
	sources := slices.Sorted(maps.Keys(t))
	for _, source := range sources {
		for _, service := range slices.Sorted(maps.Keys(t[source])) {
			fmt.Fprintf(w, "%s\t%s\t%s\t\n", source, service, t[source][service])
		}
	}
	for _, source := range sources {
		var total score
		for _, s := range t[source] {
			total.plus(s)
		}
		fmt.Fprintf(w, "%s\tall\t%s\t%s\n", source, &total, total.met(aims[source]))
	}
}
