package firewall

import (
	"context"
	"fmt"
	"strings"
)

// State is how the rules of one family are.
type State string

const (
	Present     State = "present"     // as cfg asks
	Absent      State = "absent"      // there is no chain of ours
	Different   State = "different"   // of another configuration, edited, or not jumped to
	Unavailable State = "unavailable" // the family, or iptables for it, is missing or does not answer
)

// Status is what Check finds in one family.
type Status struct {
	Family Family
	State  State
	// Backend is nft or legacy: where the chain stands or would be put. Plain is
	// what the command iptables runs. Both are empty when Unavailable.
	Backend, Plain string
	// Twice is the backend that holds a second chain of ours, or empty.
	Twice string
	// Before are the rules of others in PREROUTING of raw that stand before our
	// jump and may let packets through, as iptables-save prints them.
	Before []string
	// Want and Have are the rules as iptables-save prints them, when Different.
	Want, Have []string
	// Problem is why the family is Unavailable, or why Apply would fail (a
	// *MissingSetError when a set is missing), or nil.
	Problem error
}

// Check compares the kernel's rules with cfg and returns IPv4's and IPv6's
// status. It changes no rule. The error is about cfg or about permission.
func Check(ctx context.Context, cfg Config) ([]Status, error) {
	h, err := system()
	if err != nil {
		return nil, err
	}
	return h.check(ctx, &cfg)
}

func (h host) check(ctx context.Context, cfg *Config) ([]Status, error) {
	var out []Status
	for _, f := range families {
		want, err := wanted(cfg, f)
		if err != nil {
			return nil, err
		}
		out = append(out, h.status(ctx, f, want))
	}
	return out, nil
}

func (h host) status(ctx context.Context, f Family, want ours) Status {
	found, err := h.look(ctx, f)
	if err != nil {
		return Status{Family: f, State: Unavailable, Problem: err}
	}
	now := inUse(found)
	s := Status{Family: f, Backend: now.name, Plain: found[0].name, Before: now.before}
	for _, other := range found {
		if other.exists && other.name != now.name {
			s.Twice = other.name
		}
	}
	switch {
	case !now.exists:
		s.State = Absent
	case now.sameRules(want):
		s.State = Present
		return s
	default:
		s.State, s.Want, s.Have = Different, want.lines(), now.lines()
	}
	s.Problem = h.feed(ctx, now.backend, transition(now.ours, want), "--test")
	return s
}

// String says it in a line, without Want, Have.
func (s Status) String() string {
	said := []string{fmt.Sprintf("%s: %s", s.Family, s.State)}
	if s.State == Present || s.State == Different {
		where := "in " + s.Backend
		if s.Backend != s.Plain {
			where += fmt.Sprintf(", which iptables does not show here: it runs %s", s.Plain)
		}
		said[0] += " " + where
	}
	if s.Twice != "" {
		said = append(said, fmt.Sprintf("a second chain of ours stands in %s: remove and apply", s.Twice))
	}
	if len(s.Before) > 0 {
		said = append(said, fmt.Sprintf("rules of others stand before ours (%d): apply puts ours first", len(s.Before)))
	}
	if s.Problem != nil {
		said = append(said, s.Problem.Error())
	}
	return strings.Join(said, "; ")
}
