package ledger

import "time"

// Stats are the ledger's counts. Those of type uint64 only grow.
type Stats struct {
	BansActive      int // in force, and those whose end Expire has not seen yet
	AcceptsActive   int // the same of acceptances
	StrikesTracked  int // counters kept now
	StrikesEvicted  uint64
	SessionsTracked int
	SessionsEvicted uint64
	HistoryTracked  int // past bans remembered
	HistoryEvicted  uint64
	HitsWhileBanned uint64
	LateHits        uint64 // counted at their own time, or not at all for their age
	BreakerTrips    uint64 // bans and acceptances that the breaker or a sender's share withheld
	LastTrip        Trip   // the last of them
	Pending         int    // changes that wait for Drain
}

// A Trip is a ban or an acceptance that was due and withheld.
type Trip struct {
	Boot          time.Duration // when, on [Time.Boot]'s clock
	Sender, Entry string
	Share         bool // the sender holds its half of the set; else it caused too many at once
}

type counts struct {
	whileBanned, late, trips uint64
	last                     Trip
}

func (l *Ledger) tripped(now Time, r *Report, share bool) {
	l.counts.trips++
	l.counts.last = Trip{Boot: now.Boot, Sender: r.Sender, Entry: r.Hit.Entry.Name, Share: share}
}

// Stats returns the counts of this moment.
func (l *Ledger) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{
		BansActive:      l.sets[Blacklist].len(),
		AcceptsActive:   l.sets[Whitelist].len(),
		StrikesTracked:  l.strikes.len(),
		StrikesEvicted:  l.strikes.evicted,
		SessionsTracked: l.sessions.known.len(),
		SessionsEvicted: l.sessions.evicted,
		HistoryTracked:  l.history.bans.len(),
		HistoryEvicted:  l.history.forgotten,
		HitsWhileBanned: l.counts.whileBanned,
		LateHits:        l.counts.late,
		BreakerTrips:    l.counts.trips,
		LastTrip:        l.counts.last,
		Pending:         len(l.pending.order),
	}
}
