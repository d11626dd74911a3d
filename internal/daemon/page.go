package daemon

import (
	"context"
	"net"
	"net/http"
	"os"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/page"
	"syslog-blacklist/ipset"
)

// page is what people look at.
func (o *operator) page(history *page.History) http.Handler {
	name, _, _ := net.SplitHostPort(o.cfg.Web) // it has been bound: it is host:port
	return page.Handler(name, page.Source{
		State: func(ctx context.Context) (page.State, error) {
			status, err := o.Status(ctx)
			countries, networks := o.countOrigins(ctx)
			host, _ := os.Hostname() // for a heading only
			return page.State{
				Countries: countries, Networks: networks,
				Host: host, Now: time.Now().Unix(), Status: status, Dropped: o.dropped(status.Sets), History: history.Columns(),
			}, err
		},
		Bans: o.bans,
		Who:  o.shown,
	})
}

// dropped tells how many packets the sets have dropped, as far as that is counted.
func (o *operator) dropped(sets []control.Set) map[string]uint64 {
	out := map[string]uint64{}
	for _, s := range sets {
		if s.Name == o.sets.Blacklist || s.Name == v6(o.sets.Blacklist) {
			out[s.Name], _ = o.comparer.counters.total(s.Name)
		}
	}
	return out
}

// bans calls each with the ledger's bans, and with those of the burst rules,
// which only the kernel knows.
func (o *operator) bans(ctx context.Context, each func(page.Ban)) error {
	now := now()
	o.ledger.Each(now, ledger.Blacklist, func(b ledger.Ban) bool {
		each(page.Ban{Prefix: b.Prefix, Entry: text(b.Entry), Since: b.Since, Until: b.Until, Nth: b.Nth, Hits: b.Offences})
		return ctx.Err() == nil
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return o.held(o.burst(), func(set string, e ipset.Element) {
		b := page.Ban{Prefix: e.Prefix, Entry: set}
		if e.Timeout != 0 {
			b.Until = now.Wall.Add(e.Timeout)
		}
		each(b)
	})
}

// remember tells the history each minute what has arrived and been banned.
func (d *Daemon) remember(ctx context.Context, history *page.History) error {
	tick := time.NewTicker(page.Interval)
	defer tick.Stop()
	for {
		history.Add(time.Now(), d.received(), d.banned())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// received counts the messages of all listeners.
func (d *Daemon) received() (n uint64) {
	for _, l := range d.listeners {
		n += l.Stats().Received
	}
	return n
}

// banned counts the bans that rules have begun.
func (d *Daemon) banned() (n uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.entries {
		n += c.bans.Load()
	}
	return n
}
