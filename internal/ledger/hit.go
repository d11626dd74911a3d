package ledger

import (
	"hash/maphash"
	"net/netip"
	"time"

	"syslog-blacklist/rules"
)

// Hit judges a report. It keeps nothing that r points to.
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
	return Outcome{Result: l.offend(now, addr, r, age), Addr: addr}
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
	case l.blackedOut(k):
		return Refused
	}
	l.settle(now, Whitelist, k)
	if l.sets[Whitelist].get(k) == nil {
		if !l.mayHold(Whitelist, r.Sender) {
			l.counts.trips++
			return Tripped
		}
		l.strikes.forget(k)
		l.strikes.forget(l.unit(addr))
	}
	if o, changed := l.hold(now, Whitelist, k, d, after(now.Boot-age, d)); changed {
		l.blame(Whitelist, o, ByRule, r.Hit.Entry.Name, r.Sender, r.line())
		l.changed(now, Whitelist, k, false)
	}
	return Accepted
}

// offend counts an offence, and bans when that is due.
func (l *Ledger) offend(now Time, addr netip.Addr, r *Report, age time.Duration) Result {
	unit := l.unit(addr)
	accepted := l.sets[Whitelist].covering(now, addrKey(addr))
	if accepted != nil {
		accepted.offences++
		if accepted.origin != ByRule {
			return Excused
		}
	}
	banned := l.sets[Blacklist].covering(now, addrKey(addr))
	if banned != nil {
		banned.offences++
		l.counts.whileBanned++
	}
	c := l.count(now, addr, unit, r, age, accepted, banned)
	switch {
	case c.due == 0 && banned != nil:
		return AlreadyBanned
	case c.due == 0 && c.late:
		return Late
	case c.due == 0:
		return Counted
	}
	if banned == nil {
		c.due = max(c.due, l.repeated(now, unit))
	}
	if banned == nil && !l.mayHold(Blacklist, r.Sender) || !l.breaker.take(now, bucketName{r.Sender, r.Hit.Entry.Name}) {
		l.counts.trips++
		return Tripped
	}
	for _, s := range c.spent {
		s.n = 0
	}
	if accepted != nil {
		l.revoke(now, accepted)
	}
	return l.ban(now, unit, r, c.due, age)
}

// A tally is what the verdicts of an entry say to an offence.
type tally struct {
	due   time.Duration // the longest ban that is due, or 0
	late  bool          // too old for every verdict
	spent []*counter    // what a ban clears: their strikes have earned it
}

// count lets each block verdict of the entry count by itself. While a ban is in
// force only verdicts that last longer than it do.
func (l *Ledger) count(now Time, addr netip.Addr, unit key, r *Report, age time.Duration, accepted, banned *hold) tally {
	c := tally{late: age > 0}
	on, least := unit, time.Duration(0)
	switch {
	case accepted != nil:
		on = addrKey(addr)
	case banned != nil:
		least = banned.length
	}
	for i := range r.Hit.Entry.Verdicts {
		v := &r.Hit.Entry.Verdicts[i]
		d := l.length(now, v, unit, banned)
		need, window := needed(v, accepted)
		if d <= least || age > 0 && tooLate(age, need, window, d) {
			continue
		}
		c.late = false
		if need == 1 {
			c.due = max(c.due, d)
			continue
		}
		if s := l.strike(now, on, i, r, age, need, window); s != nil && age < d {
			c.due = max(c.due, d)
			c.spent = append(c.spent, s)
		}
	}
	return c
}

// tooLate tells whether an offence of that age is none: its window has passed, or
// the ban that it would be.
func tooLate(age time.Duration, need int, window, d time.Duration) bool {
	if need == 1 {
		return age >= d
	}
	return age > window
}

// strike counts the offence for one verdict and returns the counter when it has
// reached what it needs.
func (l *Ledger) strike(now Time, k key, verdict int, r *Report, age time.Duration, need int, window time.Duration) *counter {
	e := r.Hit.Entry
	s := strike{
		name: counterName{entry: e.Name, verdict: verdict, different: e.Verdicts[verdict].Different},
		at:   tickOf(now.Boot - age), times: max(1, r.Repeat),
	}
	if s.name.different != "" {
		value, ok := r.detail(s.name.different)
		if !ok {
			return nil
		}
		s.value = uint32(maphash.Bytes(l.sessions.seed, value))
	}
	c, reached := l.strikes.add(k, s, need, window, tickOf(now.Boot))
	if !reached {
		return nil
	}
	return c
}

// mayHold tells whether the sender holds less than its half of the set.
func (l *Ledger) mayHold(set Set, name string) bool {
	s := l.senders[name]
	return s == nil || l.cfg.Capacity == 0 || s.held[set] < l.cfg.Capacity/2
}

// ban makes a ban of k that was due age ago.
func (l *Ledger) ban(now Time, k key, r *Report, d, age time.Duration) Result {
	o, changed := l.hold(now, Blacklist, k, d, after(now.Boot-age, d))
	if !changed {
		return AlreadyBanned
	}
	l.blame(Blacklist, o, ByRule, r.Hit.Entry.Name, r.Sender, r.line())
	l.changed(now, Blacklist, k, true)
	return Banned
}

// revoke ends an acceptance that was abused.
func (l *Ledger) revoke(now Time, o *hold) {
	k := o.key
	l.ended = append(l.ended, l.release(now, Whitelist, o, "its offences"))
	l.changed(now, Whitelist, k, false)
}
