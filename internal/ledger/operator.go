package ledger

import (
	"net/netip"
	"time"

	"syslog-blacklist/rules"
)

// Ban bans p for d on an operator's word. It is refused when p overlaps somebody
// who is spared. A ban of p that lasts longer stays.
func (l *Ledger) Ban(now Time, p netip.Prefix, d time.Duration, reason, by string) error {
	return l.grant(now, Blacklist, p, d, reason, by)
}

// Accept puts p into the whitelist for d on an operator's word. It is refused when
// p overlaps the blackout list.
func (l *Ledger) Accept(now Time, p netip.Prefix, d time.Duration, reason, by string) error {
	return l.grant(now, Whitelist, p, d, reason, by)
}

func (l *Ledger) grant(now Time, set Set, p netip.Prefix, d time.Duration, reason, by string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &rules.Entry{Name: reason}
	l.putLocked(now, set, p.Masked(), d, &Report{Hit: &rules.Hit{Entry: e}, Sender: by}, ByOperator)
	return nil
}

// Unban lifts every ban inside p (p itself too) and returns them. With forget the
// strikes and the past bans inside p are forgotten, also where nothing is lifted.
func (l *Ledger) Unban(now Time, p netip.Prefix, by string, forget bool) []Ended {
	return l.lift(now, Blacklist, p, by)
}

// Unaccept ends every acceptance inside p (p itself too) and returns them.
func (l *Ledger) Unaccept(now Time, p netip.Prefix, by string) []Ended {
	return l.lift(now, Whitelist, p, by)
}

func (l *Ledger) lift(now Time, set Set, p netip.Prefix, by string) []Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Ended
	for q, b := range l.sets[set] {
		if q.Bits() >= p.Bits() && p.Contains(q.Addr()) {
			out = append(out, Ended{b.at(now), by})
			delete(l.sets[set], q)
			l.changedLocked(place{set, q}, false, now)
		}
	}
	return out
}

// LiftSpared lifts every ban that overlaps somebody who is spared, and returns
// them. It is called after the spared or the rules changed, and once at start.
func (l *Ledger) LiftSpared(now Time) []Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Ended
	for q, b := range l.sets[Blacklist] {
		if l.spared.Overlaps(q) {
			out = append(out, Ended{b.at(now), "spared"})
			delete(l.sets[Blacklist], q)
			l.changedLocked(place{Blacklist, q}, false, now)
		}
	}
	return out
}

// Adopt takes over an element that the kernel holds (remaining may be
// rules.Forever). The longer time wins: when that is the ledger's, the element is
// pending again. entry is the element's comment.
func (l *Ledger) Adopt(now Time, set Set, p netip.Prefix, remaining time.Duration, entry string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.sets[set][p]; ok && b.at(now).Remaining >= remaining {
		return
	}
	b := &Ban{Set: set, Prefix: p, Entry: entry, Origin: ByKernel, Begun: now.Boot, Since: now.Wall, For: remaining, Nth: 1}
	if remaining != rules.Forever {
		b.Until = now.Wall.Add(remaining)
	}
	l.sets[set][p] = b
}

// Renew makes the element p pending again as it stands: a comparison found that the
// kernel lacks it, holds it too short, or holds what the ledger does not know.
func (l *Ledger) Renew(now Time, set Set, p netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changedLocked(place{set, p}, false, now)
}
