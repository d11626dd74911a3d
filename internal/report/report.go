// Package report tells those who answer for a network what came from there: the
// abuse desk by a mail with XARF, a CSIRT by its text form, AbuseIPDB by its API.
//
// Lines that rules recognise are kept for a while, in bounded memory. When they lead
// to a ban they become an incident: one for a network, a kind of attack and a day.
// Some time later it is mailed to the
// administrator for review, and goes out when he says so, or at once behind that
// mail when the configuration asks for it.
//
// Attackers write the lines, and strangers the reverse names and the registry's
// answers. Nothing of theirs reaches a header, a MIME boundary or a terminal. Of this
// host nothing is told that the configuration does not allow: a line is cut down to
// the words of the public rules, the attacker's address and port. It refuses to
// report addresses that could have been forged.
package report

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"syslog-blacklist/internal/lookup"
)

// maxBans is how many bans may wait to become incidents.
const maxBans = 1024

// Reporter collects incidents and sends reports of them.
type Reporter struct {
	cfg      Config
	log      *slog.Logger
	ask      func(context.Context, netip.Addr) (lookup.Record, bool) // nil: nobody can be asked
	host     string                                                  // this host's name, which is told nobody
	evidence *evidence
	bans     chan ban
	store    *store
	sending  sync.Mutex // one delivery at a time, so that none is sent twice
	mailed   time.Time  // the last mail for review; deliver's

	lost, drafted, sent, failed, dropped atomic.Uint64
}

// ban is what the evidence led to.
type ban struct {
	caseKey
	addr netip.Addr
	at   time.Time
}

// New returns a reporter that keeps its incidents beneath the directory state. ask
// learns who an address belongs to; it may take its time, and may be nil.
func New(cfg Config, state string, ask func(context.Context, netip.Addr) (lookup.Record, bool), log *slog.Logger) (*Reporter, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("ask for the host's name: %w", err)
	}
	if cfg.Form != nil {
		if _, err := cfg.Form.fill(awkward()); err != nil {
			return nil, fmt.Errorf("try report form: %w", err)
		}
	}
	s, err := openStore(state, log)
	if err != nil {
		return nil, err
	}
	return &Reporter{
		cfg: cfg, log: log, ask: ask, host: host, evidence: newEvidence(cfg.Lines), bans: make(chan ban, maxBans), store: s,
	}, nil
}

// Run collects and delivers until ctx ends.
func (r *Reporter) Run(ctx context.Context) error {
	var g sync.WaitGroup
	g.Go(func() { r.collect(ctx) })
	g.Go(func() { r.deliver(ctx) })
	g.Wait()
	return nil
}

// Stats counts since New, but for Open.
type Stats struct {
	// Incidents are kept, Open of them neither sent nor given up.
	Incidents, Open int
	// Drafted are reports mailed for review. Sent are reports that went out, one for
	// each way, Failed attempts that did not, and Dropped are those given up.
	Drafted, Sent, Failed, Dropped uint64
	// Lost are bans that became no incident, since too many of either waited. Evicted
	// are networks whose lines had to make room before they were banned, if ever.
	Lost, Evicted uint64
	// StoreErrors are failed writes of incidents to disk.
	StoreErrors uint64
}

// Stats returns the counters.
func (r *Reporter) Stats() Stats {
	s := Stats{
		Drafted: r.drafted.Load(), Sent: r.sent.Load(), Failed: r.failed.Load(), Dropped: r.dropped.Load(),
		Lost: r.lost.Load(), Evicted: r.evidence.evictions(), StoreErrors: r.store.errors.Load(),
	}
	s.Incidents, s.Open = r.store.counts()
	return s
}
