package ledger

import (
	"net/netip"
	"slices"
	"time"

	"syslog-blacklist/rules"
)

// Hit judges a report. It keeps nothing that r points to.
func (l *Ledger) Hit(now Time, r *Report) Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := r.Hit.Entry.Verdicts[0]
	if v.Kind == rules.Ignore {
		return Outcome{Result: Ignored, Addr: r.Hit.Addr}
	}
	addr := r.Hit.Addr
	session := r.Sender + "\x00" + string(r.Host) + "\x00" + string(r.Tag) + "\x00" + string(r.PID)
	if v.Kind == rules.Forget {
		delete(l.sessions, session)
		return Outcome{Result: Forgotten, Addr: addr}
	}
	if !addr.IsValid() {
		addr = l.sessions[session]
	}
	if !addr.IsValid() {
		return Outcome{Result: NoAddress}
	}
	if v.Kind == rules.Remember {
		l.sessions[session] = addr
		return Outcome{Result: Remembered, Addr: addr}
	}
	if why, ok := l.spared.Lookup(addr); ok {
		return Outcome{Result: Spared, Reason: why, Addr: addr}
	}
	if v.Kind == rules.Accept {
		l.putLocked(now, Whitelist, netip.PrefixFrom(addr, addr.BitLen()), v.For, r, ByRule)
		return Outcome{Result: Accepted, Addr: addr}
	}
	return Outcome{Result: l.blockLocked(now, l.unit(addr), r), Addr: addr}
}

func (l *Ledger) unit(addr netip.Addr) netip.Prefix {
	bits := l.cfg.Prefix6
	if addr.Is4() {
		bits = l.cfg.Prefix4
	}
	p, err := addr.Prefix(bits)
	if err != nil || l.spared.Overlaps(p) {
		return netip.PrefixFrom(addr, addr.BitLen())
	}
	return p
}

func (l *Ledger) blockLocked(now Time, p netip.Prefix, r *Report) Result {
	if b, ok := l.sets[Blacklist][p]; ok && b.at(now).Remaining > 0 {
		b.Offences++
		l.stats.HitsWhileBanned++
		return AlreadyBanned
	}
	var due time.Duration
	for i, v := range r.Hit.Entry.Verdicts {
		k := strikeKey{p, r.Hit.Entry.Name, i}
		times := l.strikes[k]
		for range max(1, r.Repeat) {
			times = append(times, now.Boot)
		}
		times = slices.DeleteFunc(times, func(t time.Duration) bool { return now.Boot-t > v.Within })
		l.strikes[k] = times
		if len(times) >= v.After {
			due = max(due, v.For)
			delete(l.strikes, k)
		}
	}
	if due == 0 {
		return Counted
	}
	l.putLocked(now, Blacklist, p, due, r, ByRule)
	return Banned
}

func (l *Ledger) putLocked(now Time, set Set, p netip.Prefix, d time.Duration, r *Report, o Origin) {
	b := &Ban{Set: set, Prefix: p, Entry: r.Hit.Entry.Name, Origin: o, Begun: now.Boot, Since: now.Wall, For: d, Nth: 1,
		Offences: 1, Sender: r.Sender, Line: string(r.Line[:min(len(r.Line), MaxLine)])}
	if d != rules.Forever {
		b.Until = now.Wall.Add(d)
	}
	l.sets[set][p] = b
	l.changedLocked(place{set, p}, set == Blacklist, now)
}
