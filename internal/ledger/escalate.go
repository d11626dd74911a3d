package ledger

import (
	"time"

	"syslog-blacklist/rules"
)

// escalated is how long v bans the nth time: its time doubled n-1 times, up to its
// limit.
func escalated(v *rules.Verdict, nth int) time.Duration {
	d := v.For
	for ; nth > 1 && d < v.DoublingTo; nth-- {
		if d > v.DoublingTo/2 {
			return v.DoublingTo
		}
		d *= 2
	}
	return d
}

// length is how long v bans for the offence: a ban that runs goes on to be the nth.
func (l *Ledger) length(o *offence, v *rules.Verdict) time.Duration {
	switch {
	case v.DoublingTo == 0:
		return v.For
	case o.banned != nil:
		return escalated(v, int(o.banned.nth))
	default:
		return escalated(v, l.nth(o.now, o.unit))
	}
}

// nth is which ban of k a new one would be, within the history.
func (l *Ledger) nth(now Time, k key) int {
	l.settle(now, Blacklist, k)
	return 1 + l.history.count(k, tickOf(now.Boot), l.cfg.History)
}

// repeated is how long a new ban of k lasts by the recidive verdict, or 0. It
// counts the bans of all entries, the new one too.
func (l *Ledger) repeated(now Time, k key) time.Duration {
	v := l.recidive
	if v == nil {
		return 0
	}
	nth := l.nth(now, k)
	if 1+l.history.count(k, tickOf(now.Boot), v.Within) < v.After {
		return 0
	}
	return escalated(v, nth)
}
