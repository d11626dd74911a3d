package ledger

import (
	"hash/maphash"
	"time"
)

// An offence is a report of a block entry, and what is known of its address.
type offence struct {
	*Report
	now  Time
	age  time.Duration // how long before now it counts
	addr key
	unit key // what a ban would hold

	accepted *hold // the acceptance that covers the address, or nil
	banned   *hold // the ban that covers it, or nil
}

// offend counts an offence, and bans when that is due.
func (l *Ledger) offend(o *offence) Result {
	if o.accepted = l.sets[Whitelist].covering(o.now, o.addr); o.accepted != nil {
		o.accepted.offences++
		if o.accepted.origin != ByRule.letter() {
			return Excused
		}
	}
	if o.banned = l.sets[Blacklist].covering(o.now, o.addr); o.banned != nil {
		o.banned.offences++
		l.counts.whileBanned++
	}
	t := l.count(o)
	switch {
	case t.due == 0 && o.banned != nil:
		return AlreadyBanned
	case t.due == 0 && t.late:
		return Late
	case t.due == 0:
		return Counted
	}
	if o.banned == nil {
		t.due = max(t.due, l.repeated(o.now, o.unit))
	}
	share := o.banned == nil && !l.mayHold(Blacklist, o.Report)
	if share || !l.breaker.take(o.now, bucketName{o.Sender, o.Hit.Entry.Name}) {
		l.tripped(o.now, o.Report, share)
		return Tripped
	}
	for _, c := range t.spent {
		c.n = 0
	}
	if o.accepted != nil {
		l.revoke(o.now, o.accepted)
	}
	return l.ban(o, t.due)
}

// A tally is what the verdicts of an entry say to an offence.
type tally struct {
	due   time.Duration // the longest ban that is due, or 0
	late  bool          // too old for every verdict
	spent []*counter    // what a ban clears: their strikes have earned it
}

// count lets each verdict of the entry count by itself. While a ban is in force
// only those do that last longer than it.
func (l *Ledger) count(o *offence) tally {
	t := tally{late: o.age > 0}
	for i := range o.Hit.Entry.Verdicts {
		v := &o.Hit.Entry.Verdicts[i]
		if o.banned != nil && o.accepted == nil && l.length(o, v) <= o.banned.length {
			continue
		}
		need, window := needed(v, o.accepted)
		var c *counter
		if need > 1 {
			if o.age > window {
				continue
			}
			t.late = false
			if c = l.strike(o, i, need, window); c == nil {
				continue
			}
		}
		d := l.length(o, v)
		if o.age >= d {
			continue // the ban would be over
		}
		t.late = false
		t.due = max(t.due, d)
		if c != nil {
			t.spent = append(t.spent, c)
		}
	}
	return t
}

// strike counts the offence for one verdict and returns the counter when that has
// reached what it needs. One who is accepted is counted apart from its prefix.
func (l *Ledger) strike(o *offence, verdict, need int, window time.Duration) *counter {
	e := o.Hit.Entry
	s := strike{id: l.strikes.idsOf(e)[verdict], at: tickOf(o.now.Boot - o.age), times: max(1, o.Repeat)}
	if group := e.Verdicts[verdict].Different; group != "" {
		value, ok := o.detail(group)
		if !ok {
			return nil
		}
		s.different, s.value = true, uint32(maphash.Bytes(seed, value))
	}
	on := o.unit
	if o.accepted != nil {
		on = o.addr
	}
	c, reached := l.strikes.add(on, s, need, window, tickOf(o.now.Boot))
	if !reached {
		return nil
	}
	return c
}

// mayHold tells whether the sender holds less than its half of the set.
func (l *Ledger) mayHold(set Set, r *Report) bool {
	s := l.senders[r.Sender]
	return s == nil || r.Local || l.cfg.Capacity == 0 || s.held[set] < l.cfg.Capacity/2
}

// ban makes the ban that the offence earned.
func (l *Ledger) ban(o *offence, d time.Duration) Result {
	h, changed := l.hold(o.now, Blacklist, o.unit, d, after(o.now.Boot-o.age, d))
	if !changed {
		return AlreadyBanned
	}
	l.blame(Blacklist, h, ByRule, o.Hit.Entry.Name, o.Sender, o.line())
	l.changed(Blacklist, h, true)
	return Banned
}

// revoke ends an acceptance that was abused.
func (l *Ledger) revoke(now Time, o *hold) {
	l.changed(Whitelist, o, false)
	l.ended = append(l.ended, l.release(now, Whitelist, o, "its offences"))
}
