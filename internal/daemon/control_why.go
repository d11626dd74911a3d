package daemon

import (
	"context"
	"net/netip"
	"slices"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
)

// Why gathers all that is known of addr.
func (o *operator) Why(ctx context.Context, addr netip.Addr) (control.Why, error) {
	learnt, all := o.ask(ctx, addr)
	t := now()
	single := netip.PrefixFrom(addr, addr.BitLen())
	w := control.Why{
		Address: addr.String(),
		Bans:    o.elements(o.ledger.Covering(t, ledger.Blacklist, single)),
		Accepts: o.elements(o.ledger.Covering(t, ledger.Whitelist, single)),
		Strikes: o.strikes(t, addr), Past: []control.Past{}, Kernel: []control.Held{}, Asked: []string{},
		Who: who(&learnt), Asking: !all,
	}
	if reason, ok := o.spared.Lookup(addr); ok {
		w.Spared = string(reason)
	}
	past, more := o.ledger.Past(t, addr)
	for _, p := range past {
		w.Past = append(w.Past, control.Past{Entry: text(p.Entry), Since: second(p.Since), Ended: second(p.Ended), Offences: p.Offences})
	}
	w.More = more
	names := append([]string{o.sets.Blacklist, o.sets.Whitelist, o.sets.Blackout}, o.burst()...)
	for _, name := range names {
		w.Asked = append(w.Asked, family(name, single))
	}
	found, err := o.covering(names, addr)
	for _, e := range found {
		w.Kernel = append(w.Kernel, control.Held{
			Set: e.set, Address: address(e.Prefix), Remaining: kernelLength(e.Timeout),
			Comment: text(e.Comment), Packets: e.Packets, Bytes: e.Bytes,
		})
		origin, ok := o.foreign(t, e.set, e.Element)
		switch set, ours := o.ledgerSet(e.set); {
		case !ok:
		case ours && set == ledger.Whitelist:
			w.Accepts = append(w.Accepts, o.kernelElement(t.Wall, e.set, origin, e.Element))
		default:
			w.Bans = append(w.Bans, o.kernelElement(t.Wall, e.set, origin, e.Element))
		}
	}
	return w, err
}

// covering collects the kernel's elements that hold addr: set by set, the
// narrowest first.
func (o *operator) covering(names []string, addr netip.Addr) (found []stranger, err error) {
	for _, name := range names {
		start := len(found)
		err = o.held([]string{name}, func(set string, e ipset.Element) {
			if e.Prefix.Contains(addr) {
				found = append(found, stranger{set: set, Element: e})
			}
		})
		if err != nil {
			return found, err
		}
		slices.SortFunc(found[start:], func(a, b stranger) int { return b.Prefix.Bits() - a.Prefix.Bits() })
	}
	return found, nil
}

// strikes tells what is counted, and how many the rules in force want.
func (o *operator) strikes(t ledger.Time, addr netip.Addr) []control.Strikes {
	out := []control.Strikes{}
	for _, s := range o.ledger.Strikes(t, addr) {
		out = append(out, control.Strikes{
			Address: address(s.Prefix), Entry: text(s.Entry), Hits: s.Hits, Of: o.needed(s), Different: s.Different,
			First: second(s.First), Last: second(s.Last),
		})
	}
	return out
}

// needed is how many hits ban by the verdict that counts s, or 0 when the rules
// have no such verdict any more.
func (o *operator) needed(s ledger.Strikes) int {
	for _, e := range o.handler.rules.Load().set.Entries() {
		if e.Name == s.Entry && s.Verdict < len(e.Verdicts) {
			return e.Verdicts[s.Verdict].After
		}
	}
	return 0
}
