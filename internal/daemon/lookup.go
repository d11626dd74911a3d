package daemon

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/internal/page"
)

const (
	// lookupWait is how long somebody who asks about one address waits for answers
	// from elsewhere. What comes later is there when he asks again.
	lookupWait = 3 * time.Second
	// originsKept is how long the page shows the same countries and networks: with a
	// million bans it takes a second to find them.
	originsKept = time.Minute
	// listWants is how many names a list has asked for; for others than these one
	// asks why.
	listWants = 500
	// maxOrigins is how many of each it shows.
	maxOrigins = 20
)

// wantName has the name asked for of whom a ban keeps out now. It never waits.
func (e *enforcer) wantName(c *ledger.Change) {
	if c.Prefix.IsSingleIP() {
		e.lookup.Want(c.Prefix.Addr())
	}
}

// ask learns of one address what can be had in lookupWait.
func (d *Daemon) ask(ctx context.Context, addr netip.Addr) (lookup.Record, bool) {
	ctx, cancel := context.WithTimeout(ctx, lookupWait)
	defer cancel()
	return d.lookup.Ask(ctx, addr)
}

// who tells what is known of p by now. Only a single address has a name.
func (d *Daemon) who(p netip.Prefix) *control.Who {
	r := d.lookup.Known(p.Addr())
	if !p.IsSingleIP() {
		r.Name, r.Confirmed = "", false
	}
	return who(&r)
}

func who(r *lookup.Record) *control.Who {
	w := control.Who{
		Name: r.Name, Confirmed: r.Confirmed, Country: r.Country, ASN: r.ASN, Holder: r.Holder,
		Registrant: r.Contact.Holder, Abuse: append([]string{}, r.Contact.Mail...), Fault: r.Fault,
	}
	if r.Network.IsValid() {
		w.Network = r.Network.String()
	}
	if r.Contact.Network.IsValid() {
		w.Registered = r.Contact.Network.String()
	}
	if w.Name == "" && w.Country == "" && w.ASN == 0 && w.Registered == "" && w.Fault == "" {
		return nil
	}
	return &w
}

// want has the name of p asked for, so that it is there when somebody looks again.
// It never waits.
func (d *Daemon) want(p netip.Prefix) {
	if p.IsSingleIP() {
		d.lookup.Want(p.Addr())
	}
}

// shown tells what is known of a ban on the page.
func (d *Daemon) shown(p netip.Prefix) *control.Who {
	d.want(p)
	return d.who(p)
}

// origins counts the bans by country and network, at most once in originsKept.
type origins struct {
	mu                  sync.Mutex // guards what follows, and lets one count at a time
	counted             time.Time
	countries, networks []page.Origin
}

func (o *operator) countOrigins(ctx context.Context) (countries, networks []page.Origin) {
	if len(o.cfg.Lookup.Databases) == 0 {
		return nil, nil
	}
	n := &o.origins
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.counted) < originsKept {
		return n.countries, n.networks
	}
	byCountry, byNetwork := map[string]int{}, map[string]int{}
	err := o.bans(ctx, func(b page.Ban) {
		r := o.lookup.Known(b.Prefix.Addr())
		if r.Country != "" {
			byCountry[r.Country]++
		}
		if r.ASN != 0 {
			byNetwork[fmt.Sprintf("AS%d %s", r.ASN, r.Holder)]++
		}
	})
	if err == nil {
		n.counted, n.countries, n.networks = time.Now(), most(byCountry), most(byNetwork)
	}
	return n.countries, n.networks
}

// most returns those that have the most bans.
func most(counts map[string]int) []page.Origin {
	out := []page.Origin{}
	for name, n := range counts {
		out = append(out, page.Origin{Name: name, Bans: n})
	}
	slices.SortFunc(out, func(a, b page.Origin) int {
		return cmp.Or(cmp.Compare(b.Bans, a.Bans), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), maxOrigins)]
}

func (d *Daemon) snapshotLookup(s *metrics.Snapshot) {
	n := d.lookup.Stats()
	for _, k := range []struct {
		kind  string
		asked *lookup.Asked
	}{{"name", n.Names}, {"contact", n.Contacts}} {
		if k.asked != nil {
			s.Lookups = append(s.Lookups, metrics.Lookup{Kind: k.kind, Questions: k.asked.Questions, Failed: k.asked.Failed, Dropped: k.asked.Dropped, Evicted: k.asked.Evicted})
		}
	}
	for _, f := range n.Databases {
		s.Databases = append(s.Databases, metrics.Database(f))
	}
}
