package ledger

import (
	"net/netip"
	"time"
)

// A Comparison finds what the kernel lacks of a set. A million elements are
// compared without a copy of them: each knows by which comparison it was seen.
type Comparison struct {
	l      *Ledger
	set    Set
	start  Time
	number uint32
	short  func(kernel, remaining time.Duration) bool
}

// Compare begins a comparison, before the kernel is asked what it holds. short tells
// whether a kernel's timeout ends an element too early.
func (l *Ledger) Compare(now Time, set Set, short func(kernel, remaining time.Duration) bool) *Comparison {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.comparisons++
	return &Comparison{l: l, set: set, start: now, number: l.comparisons, short: short}
}

// Saw notes that the kernel holds p for so long; what it holds too short becomes
// pending.
func (c *Comparison) Saw(p netip.Prefix, timeout time.Duration) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	o := c.l.sets[c.set].get(keyOf(plain(p)))
	if o == nil {
		return
	}
	o.seen = c.number
	if c.due(o) && c.short(timeout, o.remaining(c.start)) {
		c.l.changed(c.set, o, false)
		c.l.Tell()
	}
}

// due tells whether the kernel should have held o throughout. What began meanwhile
// may be on its way.
func (c *Comparison) due(o *hold) bool { return o.active(c.start) && o.begun < c.start.Boot }

// End makes pending what was not seen, and returns how much that is.
func (c *Comparison) End() (missing int) {
	for piece, more := 0, true; more; piece++ {
		var n int
		n, more = c.endPiece(piece)
		missing += n
	}
	c.l.Tell()
	return missing
}

func (c *Comparison) endPiece(piece int) (missing int, more bool) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	pieces := c.l.sets[c.set].slab.pieces
	if piece >= len(pieces) {
		return 0, false
	}
	for i := range pieces[piece] {
		if o := &pieces[piece][i]; c.due(o) && o.seen != c.number {
			c.l.changed(c.set, o, false)
			missing++
		}
	}
	return missing, true
}
