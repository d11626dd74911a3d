// Package spare answers who is never banned: the host itself, those it cannot
// live without, and those the administrator named.
package spare

import (
	"net/netip"
	"sync/atomic"

	"github.com/gaissmai/bart"
)

// Reason says in one word why an address is spared. The set is fixed, so that a
// reason may be a metric's label.
type Reason string

const (
	Loopback    Reason = "loopback"
	Unspecified Reason = "unspecified"
	LinkLocal   Reason = "link-local"
	Multicast   Reason = "multicast"
	Own         Reason = "own"        // an address of this host
	Gateway     Reason = "gateway"    // a default gateway
	Nameserver  Reason = "nameserver" // from resolv.conf
	Sender      Reason = "sender"     // a single address in trust, or a connected sender
	NeverRule   Reason = "never"      // the rules file's never
)

// Reasons lists them all.
var Reasons = []Reason{Loopback, Unspecified, LinkLocal, Multicast, Own, Gateway, Nameserver, Sender, NeverRule}

// Entry is one spared prefix. A single address is a /32 or /128.
type Entry struct {
	Prefix netip.Prefix
	Reason Reason
}

// always is spared whatever the configuration says.
var always = []Entry{
	{netip.MustParsePrefix("127.0.0.0/8"), Loopback},
	{netip.MustParsePrefix("::1/128"), Loopback},
	{netip.MustParsePrefix("0.0.0.0/8"), Unspecified},
	{netip.MustParsePrefix("::/128"), Unspecified},
	{netip.MustParsePrefix("169.254.0.0/16"), LinkLocal},
	{netip.MustParsePrefix("fe80::/10"), LinkLocal},
	{netip.MustParsePrefix("224.0.0.0/4"), Multicast},
	{netip.MustParsePrefix("255.255.255.255/32"), Multicast},
	{netip.MustParsePrefix("ff00::/8"), Multicast},
}

// List is who is spared now. The zero List spares what is always spared. All
// methods may be called concurrently; Replace swaps the whole list at once.
type List struct {
	table atomic.Pointer[bart.Table[Reason]]
}

// New returns a list that spares what is always spared, and entries.
func New(entries ...Entry) *List {
	l := new(List)
	l.Replace(entries)
	return l
}

// Replace makes entries, and what is always spared, the list.
func (l *List) Replace(entries []Entry) {
	t := new(bart.Table[Reason])
	for _, e := range entries {
		t.Insert(e.Prefix.Masked(), e.Reason)
	}
	for _, e := range always {
		t.Insert(e.Prefix, e.Reason)
	}
	l.table.Store(t)
}

// Lookup returns why addr is spared. addr is unmapped and without a zone.
func (l *List) Lookup(addr netip.Addr) (Reason, bool) { return l.now().Lookup(addr) }

// Overlaps tells whether p and a spared prefix have an address in common, so
// that banning p would ban somebody spared.
func (l *List) Overlaps(p netip.Prefix) bool { return l.now().OverlapsPrefix(p) }

// Kernel returns the entries that stand in the kernel's whitelist too:
// all but those that no packet from outside can come from.
func (l *List) Kernel() []Entry {
	var out []Entry
	for p, r := range l.now().All() {
		switch r {
		case Loopback, Unspecified, LinkLocal, Multicast:
		default:
			out = append(out, Entry{p, r})
		}
	}
	return out
}

func (l *List) now() *bart.Table[Reason] {
	if t := l.table.Load(); t != nil {
		return t
	}
	l.table.CompareAndSwap(nil, New().table.Load())
	return l.table.Load()
}
