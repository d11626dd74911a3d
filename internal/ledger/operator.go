package ledger

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// ErrSpared and ErrBlackout are why an operator's word is refused.
var (
	ErrSpared   = errors.New("it holds an address that is never banned")
	ErrBlackout = errors.New("it holds an address of the blackout list")
)

// Ban bans p for d (at least a second, or rules.Forever) on an operator's word,
// and ends the acceptances inside p. A ban of p that lasts longer stays. The error
// is ErrSpared, with the prefix, when p holds somebody who is spared.
func (l *Ledger) Ban(now Time, p netip.Prefix, d time.Duration, reason, by string) error {
	p = plain(p)
	if l.spared.Overlaps(p) {
		return fmt.Errorf("ban %s: %w", p, ErrSpared)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k := keyOf(p)
	l.ended = append(l.ended, l.lift(now, Whitelist, k, by, math.MaxInt)...)
	l.grant(now, Blacklist, k, d, reason, by)
	return nil
}

// Accept puts p into the whitelist for d (at least a second, or rules.Forever) on
// an operator's word: its offences count nowhere. A ban of p goes on beneath. The
// error is ErrBlackout, with the prefix, when p holds somebody of the blackout list.
func (l *Ledger) Accept(now Time, p netip.Prefix, d time.Duration, reason, by string) error {
	k := keyOf(plain(p))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.blackout.overlaps(k) {
		return fmt.Errorf("accept %s: %w", k.prefix(), ErrBlackout)
	}
	l.grant(now, Whitelist, k, d, reason, by)
	return nil
}

func (l *Ledger) grant(now Time, set Set, k key, d time.Duration, reason, by string) {
	if o, changed := l.hold(now, set, k, d, after(now.Boot, d)); changed {
		l.blame(set, o, ByOperator, reason, by, "")
		l.changed(set, o, set == Blacklist)
		l.Tell()
	}
}

// Unban lifts the bans inside p, p itself too, some thousands at a call, and returns
// them: who wants all lifted calls it until none is. With forget the strikes and the
// past bans inside p are forgotten, also where nothing is lifted.
func (l *Ledger) Unban(now Time, p netip.Prefix, by string, forget bool) []Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := keyOf(plain(p))
	lifted := l.lift(now, Blacklist, k, by, maxExpire)
	if forget {
		for _, i := range inside(&l.strikes.addrs, k) {
			l.strikes.drop(i)
		}
		for _, i := range inside(&l.history.prefixes, k) {
			l.unsaved(l.history.prefixes.nodes.at(i).key)
			l.history.drop(i)
		}
	}
	return lifted
}

// Unaccept ends every acceptance inside p, p itself too, and returns them.
func (l *Ledger) Unaccept(now Time, p netip.Prefix, by string) []Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lift(now, Whitelist, keyOf(plain(p)), by, math.MaxInt)
}

// lift ends what of the set lies inside k, most at most. What had ended by itself is not
// among it.
func (l *Ledger) lift(now Time, set Set, k key, by string, most int) (lifted []Ended) {
	if k.bits == 128 { // one address holds nothing but itself
		return l.liftOne(now, set, k, by, nil)
	}
	for _, piece := range l.sets[set].slab.pieces {
		for i := range piece {
			if len(lifted) == most {
				return lifted
			}
			if o := &piece[i]; o.origin != 0 && k.contains(o.key) { // a free one has none
				lifted = l.liftOne(now, set, o.key, by, lifted)
			}
		}
	}
	return lifted
}

func (l *Ledger) liftOne(now Time, set Set, k key, by string, dst []Ended) []Ended {
	o := l.settle(now, set, k)
	if o == nil {
		return dst
	}
	l.changed(set, o, false)
	l.Tell()
	return append(dst, l.release(now, set, o, by))
}

// inside returns the numbers of r's keys that lie in k.
func inside[V any](r *recent[key, V], k key) (in []int32) {
	if k.bits == 128 { // one address holds nothing but itself
		if i := r.find(k); i != none {
			in = append(in, i)
		}
		return in
	}
	for i := r.oldest; i != none; i = r.nodes.at(i).newer {
		if k.contains(r.nodes.at(i).key) {
			in = append(in, i)
		}
	}
	return in
}

// LiftSpared lifts every ban that holds somebody who is spared, and every
// acceptance that holds somebody of the blackout list, and returns them. It is
// called after either changed, and once at start.
func (l *Ledger) LiftSpared(now Time) []Ended {
	var lifted []Ended
	for set := range l.sets {
		for piece, more := 0, true; more; piece++ {
			lifted, more = l.liftPiece(now, Set(set), piece, lifted)
		}
	}
	return lifted
}

func (l *Ledger) liftPiece(now Time, set Set, piece int, dst []Ended) (_ []Ended, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pieces := l.sets[set].slab.pieces
	if piece >= len(pieces) {
		return dst, false
	}
	for i := range pieces[piece] {
		switch o := &pieces[piece][i]; {
		case !o.active(now): // a free one ended at zero
		case set == Blacklist && l.spared.Overlaps(o.key.prefix()):
			dst = l.liftOne(now, set, o.key, "spared", dst)
		case set == Whitelist && l.blackout.overlaps(o.key):
			dst = l.liftOne(now, set, o.key, "always", dst)
		}
	}
	return dst, true
}

// Adopt takes over an element that the kernel holds; remaining may be
// rules.Forever, entry is the element's comment. The longer time wins. Nothing
// becomes pending: what the kernel lacks, or holds too short, a comparison finds.
func (l *Ledger) Adopt(now Time, set Set, p netip.Prefix, remaining time.Duration, entry string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := keyOf(plain(p))
	if o := l.settle(now, set, k); o != nil {
		if remaining-time.Second > o.remaining(now) { // the kernel rounds up to a second
			o.length = max(o.length, remaining)
			l.sets[set].end(o, after(now.Boot, remaining))
			l.touched(o)
		}
		return
	}
	o, _ := l.hold(now, set, k, remaining, after(now.Boot, remaining))
	l.blame(set, o, ByKernel, entry, "", "")
}

// Renew makes the element p pending again as it stands, also one that the kernel
// holds and the ledger does not.
func (l *Ledger) Renew(now Time, set Set, p netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := keyOf(plain(p))
	if o := l.sets[set].get(k); o != nil {
		l.changed(set, o, false)
	} else {
		l.await(set, k)
	}
	l.Tell()
}
