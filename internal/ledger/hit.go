package ledger

import (
	"net/netip"
	"time"

	"syslog-blacklist/rules"
)

// Hit judges a report. It keeps nothing that r points to. What it changes becomes
// known by the next [Ledger.Tell].
func (l *Ledger) Hit(now Time, r *Report) Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	verdict := &r.Hit.Entry.Verdicts[0] // kinds do not mix
	addr := r.Hit.Addr
	switch verdict.Kind {
	case rules.Ignore:
		return Outcome{Result: Ignored, Addr: addr}
	case rules.Remember:
		return l.remember(now, r, verdict.For)
	case rules.Forget:
		if name, ok := l.sessions.name(r); ok {
			l.sessions.forget(name)
		}
		return Outcome{Result: Forgotten, Addr: addr}
	}
	if !addr.IsValid() {
		name, ok := l.sessions.name(r)
		if !ok {
			return Outcome{Result: NoAddress}
		}
		k, ok := l.sessions.lookup(now, name)
		if !ok {
			return Outcome{Result: NoAddress}
		}
		addr = k.addr()
	}
	if why, ok := l.spared.Lookup(addr); ok {
		return Outcome{Result: Spared, Reason: why, Addr: addr}
	}
	age := r.age(now)
	if age > 0 {
		l.counts.late++
	}
	if verdict.Kind == rules.Accept {
		return Outcome{Result: l.accept(now, addr, r, verdict.For, age), Addr: addr}
	}
	k := addrKey(addr)
	return Outcome{Result: l.offend(&offence{Report: r, now: now, age: age, addr: k, unit: l.unit(k)}), Addr: addr}
}

func (l *Ledger) remember(now Time, r *Report, d time.Duration) Outcome {
	name, ok := l.sessions.name(r)
	if !ok || !r.Hit.Addr.IsValid() {
		return Outcome{Result: NoAddress, Addr: r.Hit.Addr}
	}
	l.sessions.remember(now, name, addrKey(r.Hit.Addr), d)
	return Outcome{Result: Remembered, Addr: r.Hit.Addr}
}

// accept puts the one address into the whitelist. Its strikes are forgotten when
// the acceptance begins, not when it is renewed: else whoever owns one account
// could try all others and log in now and then.
func (l *Ledger) accept(now Time, addr netip.Addr, r *Report, d, age time.Duration) Result {
	k := addrKey(addr)
	switch {
	case age >= d:
		return Late
	case l.blackout.overlaps(k):
		return Refused
	}
	fresh := l.settle(now, Whitelist, k) == nil
	if fresh {
		if !l.mayHold(Whitelist, r) {
			l.tripped(now, r, true)
			return Tripped
		}
		l.strikes.forget(k)
		l.strikes.forget(l.unit(k))
	}
	if o, changed := l.hold(now, Whitelist, k, d, after(now.Boot-age, d)); changed {
		l.blame(Whitelist, o, ByRule, r.Hit.Entry.Name, r.Sender, r.line())
		l.changed(Whitelist, o, fresh)
	}
	return Accepted
}
