package ledger

import (
	"net/netip"
	"time"
)

// maxExpire is how many ended bans one call of Expire takes, and how many of what
// else has grown old, so that the ledger is not held for long.
const maxExpire = 1 << 13

// Expire ends the bans and acceptances whose time is up and returns those that
// ended since the last call, some thousands at most; others are in force nowhere
// and follow with the next call. It also forgets what counts no more. It is to be
// called every second.
func (l *Ledger) Expire(now Time) []Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	for set := range l.sets {
		for len(l.ended) < maxExpire {
			o := l.sets[set].ended(now)
			if o == nil {
				break
			}
			l.ended = append(l.ended, l.release(now, Set(set), o, ""))
		}
	}
	t := tickOf(now.Boot)
	l.strikes.prune(t, maxExpire)
	l.sessions.prune(t, maxExpire)
	l.history.prune(t.before(l.cfg.History), maxExpire)
	ended := l.ended
	l.ended = nil
	return ended
}

// Each calls f with every element of the set that is in force, until f returns
// false, in no particular order. The ledger is held for a thousand elements at a
// time, and not while f runs: f may call it. What changes meanwhile is seen in
// either state, or not at all when it began meanwhile.
func (l *Ledger) Each(now Time, set Set, f func(Ban) bool) {
	some := make([]Ban, 0, pieceLength)
	for piece := 0; ; piece++ {
		var more bool
		some, more = l.piece(now, set, piece, some[:0])
		for _, b := range some {
			if !f(b) {
				return
			}
		}
		if !more {
			return
		}
	}
}

func (l *Ledger) piece(now Time, set Set, piece int, dst []Ban) (_ []Ban, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pieces := l.sets[set].slab.pieces
	if piece >= len(pieces) {
		return dst, false
	}
	for i := range pieces[piece] {
		if o := &pieces[piece][i]; o.active(now) { // a free one ended at zero
			dst = append(dst, l.view(now, set, o))
		}
	}
	return dst, true
}

// Lookup returns the element of exactly this prefix.
func (l *Ledger) Lookup(now Time, set Set, p netip.Prefix) (Ban, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.sets[set].get(keyOf(plain(p)))
	if o == nil || !o.active(now) {
		return Ban{}, false
	}
	return l.view(now, set, o), true
}

// Covering returns the elements of the set that contain p, the narrowest first.
func (l *Ledger) Covering(now Time, set Set, p netip.Prefix) []Ban {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Ban
	k := keyOf(plain(p))
	for o := l.sets[set].covering(now, k); o != nil; o = l.sets[set].covering(now, k) {
		all = append(all, l.view(now, set, o))
		if int(o.key.bits) == o.key.shortest() {
			break
		}
		k = k.cut(int(o.key.bits) - 1)
	}
	return all
}

// Strikes is one counter of an address.
type Strikes struct {
	Prefix    netip.Prefix
	Entry     string
	Verdict   int    // its place in the entry, from 0
	Different string // the group whose values differ, or empty
	Hits      int    // kept; not more than the verdict needs
	First     time.Time
	Last      time.Time
}

// Strikes returns what is counted against addr, its prefix included.
func (l *Ledger) Strikes(now Time, addr netip.Addr) []Strikes {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := addrKey(addr.Unmap())
	all := l.counters(now, l.unit(k))
	if k != l.unit(k) {
		all = append(all, l.counters(now, k)...)
	}
	return all
}

func (l *Ledger) counters(now Time, k key) []Strikes {
	var all []Strikes
	for c := l.strikes.addrs.get(k); c != nil; c = l.strikes.next(c) {
		if c.n == 0 {
			continue
		}
		times, _ := l.strikes.list(c)
		name := l.strikes.names[c.id]
		all = append(all, Strikes{
			Prefix: k.prefix(), Entry: name.entry, Verdict: name.verdict, Different: name.different,
			Hits: int(c.n), First: now.wallAt(times[0].boot()), Last: now.wallAt(times[c.n-1].boot()),
		})
	}
	return all
}

// Past is a ban that is over.
type Past struct {
	Entry        string
	Since, Ended time.Time
	Offences     uint64
}

// Past returns the bans of addr's prefix that are over, the youngest first: at
// most eight, and how many more there were within the history.
func (l *Ledger) Past(now Time, addr netip.Addr) (bans []Past, more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.history.prefixes.get(l.unit(addrKey(addr.Unmap())))
	if r == nil {
		return nil, 0
	}
	for i := r.latest; i != none; {
		p := l.history.bans.at(i)
		bans = append(bans, Past{
			Entry: p.entry, Since: now.wallAt(p.begun.boot()), Ended: now.wallAt(p.ended.boot()), Offences: p.offences})
		i = p.older
	}
	return bans, int(r.more)
}
