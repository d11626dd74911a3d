package ledger

import (
	"net/netip"
	"time"

	"syslog-blacklist/rules"
)

// Set tells the two kernel sets that the ledger fills.
type Set uint8

const (
	Blacklist Set = iota
	Whitelist
)

// Origin tells who made a ban or an acceptance.
type Origin string

const (
	ByRule     Origin = "rule"
	ByOperator Origin = "operator"
	ByKernel   Origin = "kernel" // found in the kernel's set
)

// Ban is one element of a set: a ban in the Blacklist, an acceptance in the
// Whitelist.
type Ban struct {
	Set    Set
	Prefix netip.Prefix
	Entry  string // the entry's name, or the operator's reason
	Origin Origin
	// Begun is when it began on the boot clock: a comparison with the kernel that
	// began earlier ignores it.
	Begun time.Duration
	// Since and Until are for people. Until is zero when the ban is for ever.
	Since, Until time.Time
	// Remaining is the time left, or rules.Forever.
	Remaining time.Duration
	// For is the length it was given, or rules.Forever.
	For time.Duration
	// Nth counts this prefix's bans within the history, from 1.
	Nth int
	// Offences are the hits since the ban began.
	Offences uint64
	Sender   string
	Line     string // the line that tipped it, at most MaxLine bytes
}

// Ended is a ban or an acceptance that is over. Its Remaining is 0 when its time
// was up.
type Ended struct {
	Ban
	// By is who lifted it; empty when its time was up.
	By string
}

// Change is one element that the kernel must be told about: that it stands in the
// set for Remaining (rules.Forever possible), or, with Remove, that it does not.
type Change struct {
	Set       Set
	Prefix    netip.Prefix
	Remove    bool
	Remaining time.Duration
	Entry     string // the element's comment

	// What follows announces a new ban once the kernel has acknowledged it.

	New          bool // a new ban, or a longer one: announce it
	Nth          int
	For          time.Duration
	Until        time.Time // zero: for ever
	Sender, Line string
	Arrived      Time // of the report, for the latency from arrival to acknowledgement
}

// Wake returns the channel that holds a token while changes are pending.
func (l *Ledger) Wake() <-chan struct{} { return l.wake }

// Drain appends all pending changes to dst, in the order in which their elements
// first changed, one for each element, as it stands now.
func (l *Ledger) Drain(now Time, dst []Change) []Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.order {
		dst = append(dst, l.changeLocked(now, p, l.pending[p]))
	}
	l.order = l.order[:0]
	clear(l.pending)
	return dst
}

func (l *Ledger) changeLocked(now Time, p place, c pendingChange) Change {
	b, ok := l.sets[p.set][p.prefix]
	if !ok {
		return Change{Set: p.set, Prefix: p.prefix, Remove: true, Arrived: c.arrived}
	}
	v := b.at(now)
	return Change{Set: p.set, Prefix: p.prefix, Remaining: v.Remaining, Entry: v.Entry, New: c.announce,
		Nth: v.Nth, For: v.For, Until: v.Until, Sender: v.Sender, Line: v.Line, Arrived: c.arrived}
}

// changedLocked notes that the element p must be written.
func (l *Ledger) changedLocked(p place, announce bool, arrived Time) {
	c, ok := l.pending[p]
	if !ok {
		l.order = append(l.order, p)
		c.arrived = arrived
	}
	c.announce = c.announce || announce
	l.pending[p] = c
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// at returns b with its remaining time.
func (b *Ban) at(now Time) Ban {
	v := *b
	if v.For == rules.Forever {
		v.Remaining = rules.Forever
		return v
	}
	v.Remaining = max(0, v.Begun+v.For-now.Boot)
	return v
}
