package daemon

import (
	"time"

	"syslog-blacklist/internal/metrics"
)

// snapshot gathers the state for one scrape.
func (d *Daemon) snapshot() metrics.Snapshot {
	stats := d.ledger.Stats()
	s := metrics.Snapshot{
		Late:            stats.LateHits,
		BansActive:      stats.BansActive,
		HitsWhileBanned: stats.HitsWhileBanned,
		StrikesTracked:  stats.StrikesTracked,
		StrikesEvicted:  stats.StrikesEvicted,
		BreakerTrips:    map[string]uint64{},
		KernelErrors:    d.enforcer.errors.snapshot(),
		KernelPending:   stats.Pending + int(d.enforcer.pending.Load()),
		RulesEntries:    len(d.handler.rules.Load().set.Entries()),
		ReloadOK:        d.reloadOK.Load(),
		ReloadTime:      time.Unix(0, d.reloadTime.Load()),
		FirewallRule:    map[string]bool{},
		Lists:           d.lists.snapshot(),
	}
	if d.disk != nil {
		s.StateErrors = d.disk.Status().Failures
	}
	d.snapshotSources(&s)
	d.snapshotEntries(&s)
	d.snapshotSets(&s)
	d.snapshotNotify(&s)
	d.snapshotLookup(&s)
	d.snapshotReports(&s)
	return s
}

func (d *Daemon) snapshotSources(s *metrics.Snapshot) {
	for _, l := range d.listeners {
		n := l.Stats()
		s.BreakerTrips[l.URL()] = d.handler.trips[l].Load()
		s.Sources = append(s.Sources, metrics.Source{
			Name: l.URL(), Received: n.Received, Trouble: l.Trouble(),
			Dropped: map[string]uint64{
				"kernel": n.DroppedKernel, "untrusted": n.DroppedUntrusted, "oversize": n.DroppedOversize,
				"connections": n.DroppedConnections, "broken": n.DroppedBroken,
			},
		})
	}
	last := d.trust.LastMessages()
	seen := map[string]bool{}
	for _, t := range d.cfg.Trust {
		if t.Name != "" && !seen[t.Name] {
			seen[t.Name] = true
			s.Senders = append(s.Senders, metrics.Sender{Name: t.Name, Last: last[t.Name]})
		}
	}
}

func (d *Daemon) snapshotEntries(s *metrics.Snapshot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.entries {
		e := metrics.Entry{
			Name: c.name, Hits: c.hits.Load(), Bans: c.bans.Load(), Accepts: c.accepts.Load(),
			NoAddress: c.noAddress.Load(), Spared: map[string]uint64{},
		}
		if t := c.last.Load(); t != 0 {
			e.LastHit = time.Unix(0, t)
		}
		for reason, n := range c.spared {
			if v := n.Load(); v > 0 {
				e.Spared[string(reason)] = v
			}
		}
		s.Entries = append(s.Entries, e)
	}
}

// snapshotSets asks the kernel for the sets' headers, on a socket of its own: a
// scrape neither waits for a comparison nor holds one up.
func (d *Daemon) snapshotSets(s *metrics.Snapshot) {
	d.scrape.Lock()
	defer d.scrape.Unlock()
	for _, spec := range d.sets.specs() {
		h, err := d.scraper.Header(spec.Name)
		if err != nil { // the comparison finds it too, says so and mends it
			d.enforcer.errors.add("list", 1)
			continue
		}
		set := metrics.Set{Name: h.Name, Entries: int(h.Entries), Capacity: int(h.MaxElem)}
		if h.Name == d.sets.Blacklist || h.Name == v6(d.sets.Blacklist) {
			set.Dropped = true
			set.DroppedPackets, set.DroppedBytes = d.comparer.counters.total(h.Name)
			s.FirewallRule[map[bool]string{false: "ipv4", true: "ipv6"}[h.IPv6]] = h.References > 0
		}
		s.Sets = append(s.Sets, set)
	}
}
