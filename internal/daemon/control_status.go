package daemon

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/metrics"
)

// Status tells what a scrape tells, and in words what is wrong.
func (o *operator) Status(context.Context) (control.Status, error) {
	m := o.snapshot()
	stats := o.ledger.Stats()
	s := control.Status{
		Version: o.version, PID: os.Getpid(), Started: second(o.started), DryRun: o.cfg.DryRun,
		Paused: moment(o.enforcer.pause.until()),
		Rules: control.Rules{
			File: RulesFile(o.cfg, o.handler.rules.Load().set), Entries: m.RulesEntries, Loaded: second(m.ReloadTime), LastReload: m.ReloadOK,
		},
		Counts: control.Counts{
			Bans: m.BansActive, Accepts: stats.AcceptsActive, Strikes: m.StrikesTracked, StrikesEvicted: m.StrikesEvicted,
			HitsWhileBanned: m.HitsWhileBanned, Late: m.Late, BreakerTrips: stats.BreakerTrips, Pending: m.KernelPending,
		},
		Troubles: []string{}, Listeners: []control.Listener{}, Senders: []control.Sender{}, Entries: []control.Entry{}, Sets: []control.Set{},
		Lists: []control.List{}, Notify: []control.Told{},
		Lookups: []control.Lookup{}, Databases: []control.Database{},
	}
	for _, x := range m.Sources {
		s.Listeners = append(s.Listeners, control.Listener{URL: x.Name, Received: x.Received, Dropped: x.Dropped})
	}
	for _, x := range m.Senders {
		s.Senders = append(s.Senders, control.Sender{Name: x.Name, Last: moment(x.Last)})
	}
	for _, x := range m.Lists {
		s.Lists = append(s.Lists, control.List{Directive: x.Directive, Prefixes: x.Prefixes, Faults: append([]string{}, x.Faults...)})
	}
	for _, x := range m.Notify {
		s.Notify = append(s.Notify, control.Told(x))
	}
	for _, x := range m.Lookups {
		s.Lookups = append(s.Lookups, control.Lookup(x))
	}
	for _, x := range m.Databases {
		s.Databases = append(s.Databases, control.Database{Path: x.Path, Built: moment(x.Built), Fault: text(x.Fault)})
	}
	s.Reports = (*control.Reported)(m.Reports)
	s.Entries = o.statusEntries(m.Entries)
	s.Sets = o.statusSets()
	s.Troubles = o.troubles(&s, &stats)
	return s, nil
}

// statusEntries tells the entries that are in force, and those of before that hit.
func (o *operator) statusEntries(entries []metrics.Entry) []control.Entry {
	current := map[string]bool{}
	for _, c := range o.handler.rules.Load().counters {
		current[c.name] = true
	}
	out := []control.Entry{}
	for _, e := range entries {
		if current[e.Name] || e.Hits > 0 {
			out = append(out, control.Entry{
				Name: e.Name, Hits: e.Hits, Bans: e.Bans, Accepts: e.Accepts, NoAddress: e.NoAddress, Spared: e.Spared, LastHit: moment(e.LastHit),
			})
		}
	}
	slices.SortFunc(out, func(a, b control.Entry) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (o *operator) statusSets() []control.Set {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := []control.Set{}
	for _, spec := range o.sets.specs() {
		h, err := o.kernel.Header(spec.Name)
		if err != nil { // the comparison says why, and mends it
			continue
		}
		out = append(out, control.Set{Name: h.Name, Entries: int(h.Entries), Capacity: int(h.MaxElem), Used: h.References > 0})
	}
	return out
}

// troubles says in words why attackers are not kept out now.
func (o *operator) troubles(s *control.Status, stats *ledger.Stats) []string {
	out := []string{}
	if s.DryRun {
		out = append(out, "dry run: nothing is written to the kernel")
	}
	if s.Paused != nil {
		out = append(out, "paused until "+o.enforcer.pause.until().Format(time.DateTime)+": no new ban reaches the kernel; syslog-blacklist resume ends it")
	}
	if reason := o.unready(); reason != "" {
		out = append(out, reason)
	}
	if stats.BreakerTrips > 0 && bootTime()-stats.LastTrip.Boot < alarmGap {
		out = append(out, withheld(&stats.LastTrip))
	}
	if !s.Rules.LastReload {
		out = append(out, "the last reload found faults and changed nothing: see syslog-blacklist check")
	}
	for _, l := range o.listeners {
		if trouble := l.Trouble(); trouble != "" {
			out = append(out, l.URL()+": "+trouble)
		}
	}
	for _, x := range s.Lists {
		for _, fault := range x.Faults {
			out = append(out, "a list of "+x.Directive+": "+fault)
		}
	}
	for _, x := range s.Sets {
		if role := strings.TrimSuffix(x.Name, "6"); role == o.sets.Blacklist && !x.Used {
			out = append(out, noRule(x.Name))
		}
		if x.Entries >= x.Capacity {
			out = append(out, "set "+x.Name+" is full: raise sets.size and restart the daemon")
		}
	}
	return out
}

// noRule is the commonest mistake, in words.
func noRule(set string) string {
	return "no firewall rule uses set " + set + ": attackers are listed and not kept out; run syslog-blacklist firewall apply as root"
}
