package ledger

import (
	"net/netip"
	"time"
)

// Set tells the two kernel sets that the ledger fills.
type Set uint8

const (
	Blacklist Set = iota
	Whitelist
)

// Change is one element that the kernel must be told about: that it stands in the
// set for Remaining (rules.Forever possible), or, with Remove, that it does not.
type Change struct {
	Set       Set
	Prefix    netip.Prefix
	Remove    bool
	Remaining time.Duration
	Entry     string // the element's comment

	// What follows announces it once the kernel has acknowledged it.

	New          bool // a new ban, a longer one, or an acceptance that a rule began: announce it
	Nth          int
	For          time.Duration
	Until        time.Time // zero: for ever
	Sender, Line string
	Arrived      Time // of the report, for the latency from arrival to acknowledgement
}

// maxDrain is how many changes one call of Drain takes, so that the ledger is not
// held for longer than some milliseconds.
const maxDrain = 1 << 14

// Pending is which elements changed since the kernel was told, in that order. What
// they are now stands in the sets: however often one changed, it is told once.
type pending struct {
	of      map[place]news
	order   []place
	flooded bool // there were more than one call of Drain takes
}

type place struct {
	set Set
	key key
}

type news struct {
	announce bool
	arrived  Time
}

func newPending() pending { return pending{of: map[place]news{}} }

// Wake returns the channel that holds a token while changes are pending, those of
// [Ledger.Hit] from the next Tell on.
func (l *Ledger) Wake() <-chan struct{} { return l.wake }

// Tell has Wake hold a token if anything became pending since the last call. Whoever
// reports hits calls it when he has no more of them at hand: to wake somebody for
// each costs more than a ban.
func (l *Ledger) Tell() {
	if l.untold.Load() && l.untold.Swap(false) {
		l.signal()
	}
}

// changed notes that the kernel must be told of k.
func (l *Ledger) changed(now Time, set Set, k key, announce bool) {
	p := place{set, k}
	n, ok := l.pending.of[p]
	if !ok {
		l.pending.order = append(l.pending.order, p)
	}
	if !ok || announce && !n.announce {
		n.arrived = now
	}
	n.announce = n.announce || announce
	l.pending.of[p] = n
	l.untold.Store(true)
}

func (l *Ledger) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Drain appends pending changes to dst, in the order in which their elements first
// changed, one for each element, as it stands now. It takes some thousands at a
// call; while more are pending, [Ledger.Wake] goes on to hold a token.
func (l *Ledger) Drain(now Time, dst []Change) []Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.pending.order), maxDrain)
	for _, p := range l.pending.order[:n] {
		dst = append(dst, l.change(now, p, l.pending.of[p]))
		delete(l.pending.of, p)
	}
	l.pending.order = l.pending.order[n:]
	switch {
	case len(l.pending.order) > 0:
		l.pending.flooded = true
		l.signal()
	case l.pending.flooded:
		l.pending = newPending() // the flood is over: give its memory back
	}
	return dst
}

func (l *Ledger) change(now Time, p place, n news) Change {
	c := Change{Set: p.set, Prefix: p.key.prefix(), Arrived: n.arrived}
	o := l.sets[p.set].get(p.key)
	if o == nil || !o.active(now) {
		c.Remove = true
		return c
	}
	b := l.view(now, p.set, o)
	c.Remaining, c.Entry, c.New, c.Nth = b.Remaining, b.Entry, n.announce, b.Nth
	c.For, c.Until, c.Sender, c.Line = b.For, b.Until, b.Sender, b.Line
	return c
}
