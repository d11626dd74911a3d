package receiver

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// Sender is a network that is heard.
type Sender struct {
	// Prefix holds the sender's addresses; a single host has /32 or /128. IPv4-mapped prefixes count as IPv4.
	Prefix netip.Prefix
	// Name, when not empty, is what LastMessages calls it.
	Name string
}

// Trust says who is heard, and remembers when each was heard last. It may be used by many goroutines at once. A nil Trust
// is empty.
type Trust struct {
	senders []*heard // the longest prefix first
}

// heard is a sender with the time of its last message, in nanoseconds since 1970; 0 when none came yet.
type heard struct {
	Sender
	last atomic.Int64
}

// NewTrust returns a Trust of the given senders. Where prefixes overlap a message counts for the longest.
func NewTrust(senders ...Sender) *Trust {
	t := &Trust{}
	for _, s := range senders {
		if a := s.Prefix.Addr(); a.Is4In6() && s.Prefix.Bits() >= 96 {
			s.Prefix = netip.PrefixFrom(a.Unmap(), s.Prefix.Bits()-96)
		}
		t.senders = append(t.senders, &heard{Sender: s})
	}
	slices.SortStableFunc(t.senders, func(a, b *heard) int { return b.Prefix.Bits() - a.Prefix.Bits() })
	return t
}

// LastMessages returns the time of the last message of every named sender that was heard. Senders that share a name share
// the time.
func (t *Trust) LastMessages() map[string]time.Time {
	m := make(map[string]time.Time)
	if t.empty() {
		return m
	}
	for _, s := range t.senders {
		if last := s.last.Load(); s.Name != "" && last != 0 && last > m[s.Name].UnixNano() {
			m[s.Name] = time.Unix(0, last)
		}
	}
	return m
}

func (t *Trust) empty() bool { return t == nil || len(t.senders) == 0 }

// find returns the sender that a, unmapped and without zone, belongs to, or nil. The list is short and searched in order.
func (t *Trust) find(a netip.Addr) *heard {
	for _, s := range t.senders {
		if s.Prefix.Contains(a) {
			return s
		}
	}
	return nil
}

// spoke notes a message at now. The load keeps a batch from one sender to one write of a line that all sockets share.
func (s *heard) spoke(now int64) {
	if s.last.Load() != now {
		s.last.Store(now)
	}
}

// loopback is who is trusted by a listener on loopback when nobody was named.
func loopback() *Trust {
	return NewTrust(
		Sender{Prefix: netip.MustParsePrefix("127.0.0.0/8")},
		Sender{Prefix: netip.MustParsePrefix("::1/128")},
	)
}
