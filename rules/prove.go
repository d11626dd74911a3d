package rules

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"syslog-blacklist/internal/steer"
)

// Steering is a way in which somebody may choose the address that a pattern
// takes, or a reason why that can't be ruled out. As a Fault it is a warning, or a
// note where nothing is wrong by itself.
type Steering struct {
	Fault
	// Line is a log line that shows it; empty where nothing was found.
	Line string
	// Taken and Client are the places in Line of the address that is taken and of
	// the client's own. Client is empty where the line is another program's.
	Taken, Client [2]int
	// Silenced is the reason in the "# steering:" comment above the pattern, or empty.
	Silenced string
}

// Format returns the fault with its line and a caret, and beneath them the log line
// with both addresses marked, without a newline at the end.
func (s Steering) Format() string {
	out := s.Fault.Format()
	if s.Line == "" {
		return out
	}
	out += "\n    " + printable(s.Line) + s.mark(s.Taken, "is taken")
	if s.Client != [2]int{} {
		out += s.mark(s.Client, "is the client's")
	}
	return out
}

// mark returns a line that marks a part of s.Line.
func (s Steering) mark(at [2]int, words string) string {
	return "\n    " + blank(s.Line[:at[0]]) + strings.Repeat("^", at[1]-at[0]) + " " + words
}

// Prove looks for ways to choose the address that a pattern takes, in the order of
// trial. Package steer says what is proved and what that rests on. Shipped patterns
// were proved before; they are tried together with those of the files alone.
//
// It takes some ten milliseconds a pattern. An error is that of ctx.
func (s *Set) Prove(ctx context.Context) ([]Steering, error) {
	var patterns []*Pattern
	var subjects []steer.Pattern
	own := false
	for _, p := range s.patterns {
		if p.address == 0 || p.entry.kind() == Ignore {
			continue
		}
		shipped := p.entry.shipped != ""
		own = own || !shipped
		patterns = append(patterns, p)
		subjects = append(subjects, steer.Pattern{Expr: p.Expr(), Group: addressGroup, Proved: shipped})
	}
	if !own {
		return nil, nil
	}
	findings, err := steer.Prove(ctx, subjects)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(findings, func(a, b steer.Finding) int { return cmp.Compare(a.Pattern, b.Pattern) })
	m := s.Matcher()
	defer s.Release(m)
	var out []Steering
	for _, f := range findings {
		out = append(out, m.steering(f, patterns[f.Pattern], patterns[f.Other]))
	}
	return out, nil
}

// steering makes a fault of what was found about p, and about other's lines.
func (m *Matcher) steering(f steer.Finding, p, other *Pattern) Steering {
	s := Steering{
		Fault:    Fault{Pos: p.Pos, Severity: Warning, Source: strings.Repeat(" ", p.Pos.Column-1) + p.Text},
		Line:     f.Line,
		Taken:    f.Taken,
		Client:   f.True,
		Silenced: p.Steering,
	}
	const remedy = "match what others choose with .* and go on to the end of the line with $, or say in a \"# steering:\" comment above why nobody can"
	switch f.Kind {
	case steer.Overflow:
		s.Message = "somebody can choose the address: " + remedy
	case steer.ForeignStart:
		s.Message = "every program's lines are believed: begin the pattern with ^ and the name of the one that is meant"
	case steer.Union:
		s.Message = fmt.Sprintf("somebody can choose the address in a line that the pattern at %s describes: %s", other.Pos, remedy)
	case steer.BorrowedEnd:
		s.Severity, s.Message = Note, "only the $ keeps others from choosing the address, as in this line: leave it there"
	case steer.NotProved:
		s.Severity, s.Message = Note, "not proved that nobody can choose the address: the pattern is too large to try everything"
	}
	if s.Severity == Warning && !m.believes(f) {
		s.Severity, s.Message = Note, "other patterns keep this line from this one, which would let somebody choose the address: "+remedy
	}
	return s
}

// believes tells whether the set as a whole, with its exclusions and earlier
// entries, takes an address from the line that is not the client's.
func (m *Matcher) believes(f steer.Finding) bool {
	var h Hit
	if !m.Match([]byte(f.Line), false, &h) || !h.Addr.IsValid() {
		return false
	}
	client, err := netip.ParseAddr(f.Line[f.True[0]:f.True[1]])
	return err != nil || h.Addr != client.Unmap()
}
