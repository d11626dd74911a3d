package ledger

import "net/netip"

// Expire ends the bans and acceptances whose time is up and returns those that
// ended since the last call. The kernel drops them by itself.
func (l *Ledger) Expire(now Time) []Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Ended
	for _, m := range l.sets {
		for p, b := range m {
			if v := b.at(now); v.Remaining == 0 {
				out = append(out, Ended{Ban: v})
				delete(m, p)
			}
		}
	}
	return out
}

// Each calls f with every element of the set that is in force, until f returns
// false, in no particular order. The ledger is not held while f runs, and f may
// call it. What changes meanwhile may be seen in either state, or not at all when
// it began meanwhile.
func (l *Ledger) Each(now Time, set Set, f func(Ban) bool) {
	l.mu.Lock()
	var all []Ban
	for _, b := range l.sets[set] {
		if v := b.at(now); v.Remaining > 0 {
			all = append(all, v)
		}
	}
	l.mu.Unlock()
	for _, b := range all {
		if !f(b) {
			return
		}
	}
}

// Lookup returns the element of exactly this prefix.
func (l *Ledger) Lookup(now Time, set Set, p netip.Prefix) (Ban, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.sets[set][p]
	if !ok || b.at(now).Remaining == 0 {
		return Ban{}, false
	}
	return b.at(now), true
}

// Covering returns the elements of the set that contain p, the narrowest first.
func (l *Ledger) Covering(now Time, set Set, p netip.Prefix) []Ban {
	var out []Ban
	for bits := p.Bits(); bits >= 0; bits-- {
		q, err := p.Addr().Prefix(bits)
		if err != nil {
			return nil
		}
		if b, ok := l.Lookup(now, set, q); ok {
			out = append(out, b)
		}
	}
	return out
}
