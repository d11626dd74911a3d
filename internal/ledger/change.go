package ledger

import (
	"net/netip"
	"slices"
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
	Arrived      Time // when the report did that gave the element its length
}

// maxDrain is how many changes one call of Drain takes, so that the ledger is not
// held for longer than some milliseconds.
const maxDrain = 1 << 14

// Pending is which elements changed since the kernel was told, in that order. What
// they are now stands in the sets: however often one changed, it is told once. A
// hold knows whether it is among them.
type pending struct {
	order   []place
	flooded bool // there were more than one call of Drain takes
}

type place struct {
	set Set
	key key
}

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

// changed notes that the kernel must be told of o, and whether it is to be announced.
func (l *Ledger) changed(set Set, o *hold, announce bool) {
	o.announce = o.announce || announce
	if !o.pending {
		o.pending = true
		l.await(set, o.key)
	}
}

// await notes that the kernel must be told of k, which is no hold that is pending.
func (l *Ledger) await(set Set, k key) {
	l.pending.order = append(l.pending.order, place{set, k})
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
	dst = slices.Grow(dst, n)
	for _, p := range l.pending.order[:n] {
		o := l.sets[p.set].get(p.key)
		switch {
		case o == nil || !o.active(now):
			dst = append(dst, Change{Set: p.set, Prefix: p.key.prefix(), Remove: true})
		case o.pending: // or it was taken away and came again, and has been told
			dst = append(dst, l.change(now, p.set, o))
			o.announce = false
		default:
			continue
		}
		if o != nil {
			o.pending = false
		}
	}
	switch {
	case n < len(l.pending.order):
		l.pending.order = l.pending.order[n:]
		l.pending.flooded = true
		l.signal()
	case l.pending.flooded:
		l.pending = pending{} // the flood is over: give its memory back
	default:
		l.pending.order = l.pending.order[:0]
	}
	return dst
}

func (l *Ledger) change(now Time, set Set, o *hold) Change {
	c := Change{
		Set: set, Prefix: o.key.prefix(), Remaining: o.remaining(now), Entry: o.entry, New: o.announce, Nth: int(o.nth),
		For: o.length, Line: o.line, Arrived: Time{Boot: o.begun, Wall: now.wallAt(o.begun)},
	}
	if o.until != never {
		c.Until = now.wallAt(o.until)
	}
	if o.sender != nil {
		c.Sender = o.sender.name
	}
	return c
}

// Withhold has changes that are new announced when their elements are written after
// all: the kernel has no room for them now.
func (l *Ledger) Withhold(changes []*Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range changes {
		if o := l.sets[c.Set].get(keyOf(c.Prefix)); c.New && o != nil {
			o.announce = true
		}
	}
}
