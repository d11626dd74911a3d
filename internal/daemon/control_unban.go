package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
)

var everything = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}

// stranger is an element that was found in the kernel, and whose it is when it
// is not the ledger's.
type stranger struct {
	set, origin string
	ipset.Element
}

// unban lifts the bans inside a prefix, those of others too, and of a single
// address the prefix that the rules ban with it. Wider ones are named and left.
func (o *operator) unban(ctx context.Context, order control.Order, a *control.Answer) error {
	prefixes, names := everything, append([]string{o.sets.Blacklist}, o.burst()...)
	if !order.All {
		if err := prefixOf(order); err != nil {
			return err
		}
		prefixes = []netip.Prefix{order.Prefix}
		names = append(names, o.sets.Blackout) // who means the list that is for ever names the address
	}
	if p := order.Prefix; !order.All && p.IsSingleIP() {
		prefixes = o.together(p, order.Forget)
	}
	t := now()
	inside, around, err := o.strangers(t, names, prefixes)
	if err != nil {
		return err
	}
	o.liftBans(t, prefixes, order, a)
	if err := o.liftStrangers(t, inside, order, a); err != nil {
		return err
	}
	o.settleAfter(ctx, a)
	if !order.All {
		a.Covering = append(a.Covering, o.elements(o.ledger.Covering(t, ledger.Blacklist, order.Prefix))...)
		for _, s := range around {
			a.Covering = append(a.Covering, o.kernelElement(t.Wall, s.set, s.origin, s.Element))
		}
	}
	if a.Count == 0 && len(a.Covering) == 0 && !order.All && !order.Forget {
		return control.Refuse(http.StatusNotFound, "syslog-blacklist why "+order.Prefix.Addr().String()+" tells what is known of it",
			"unban %s: it is not banned", address(order.Prefix))
	}
	return nil
}

// together is a single address with what the rules ban and count as one with it.
func (o *operator) together(p netip.Prefix, forget bool) []netip.Prefix {
	unit := o.unit(p.Addr())
	if _, banned := o.ledger.Lookup(now(), ledger.Blacklist, unit); unit != p && (banned || forget) {
		return []netip.Prefix{unit}
	}
	return []netip.Prefix{p}
}

// strangers finds the elements of others that lie inside one of the prefixes,
// and those that are wider.
func (o *operator) strangers(t ledger.Time, names []string, prefixes []netip.Prefix) (inside, around []stranger, err error) {
	err = o.held(names, func(set string, e ipset.Element) {
		for _, p := range prefixes {
			if !p.Overlaps(e.Prefix) {
				continue
			}
			origin, ok := o.foreign(t, set, e)
			switch s := (stranger{set, origin, e}); {
			case !ok:
			case e.Prefix.Bits() >= p.Bits():
				inside = append(inside, s)
			default:
				around = append(around, s)
			}
		}
	})
	byAddress := func(a, b stranger) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), b.Prefix.Bits()-a.Prefix.Bits())
	}
	slices.SortFunc(inside, byAddress)
	slices.SortFunc(around, byAddress)
	return inside, around, err
}

// liftBans lifts in portions: a million bans are seen one by one, and never held at once.
func (o *operator) liftBans(t ledger.Time, prefixes []netip.Prefix, order control.Order, a *control.Answer) {
	count := 0
	for _, p := range prefixes {
		for more := true; more; {
			lifted := o.ledger.Unban(t, p, order.By, order.Forget)
			for _, e := range lifted {
				if count++; count <= announceRate {
					o.enforcer.say.ended(e)
				}
				if count <= control.MaxElements {
					add(a, o.element(e.Ban))
				} else {
					a.Count++
				}
			}
			more = len(lifted) > 0
		}
	}
	if more := count - announceRate; more > 0 {
		o.log.Info(fmt.Sprintf("blacklist of %d more addresses ended", more), "by", order.By)
	}
}

// liftStrangers takes away what others put there. In the blacklist the enforcer
// does it, since the ledger may ban the same prefix at this moment.
func (o *operator) liftStrangers(t ledger.Time, found []stranger, order control.Order, a *control.Answer) error {
	byHand := map[string][]netip.Prefix{}
	for _, s := range found {
		switch set, ours := o.ledgerSet(s.set); {
		case s.origin == "config" && s.Prefix != order.Prefix:
			note(a, "%s stays: the configuration has it in set %s", address(s.Prefix), s.set)
			continue
		case s.origin == "config":
			a.Covering = append(a.Covering, o.kernelElement(t.Wall, s.set, s.origin, s.Element))
			continue
		case ours:
			o.ledger.Renew(t, set, s.Prefix)
		default:
			byHand[s.set] = append(byHand[s.set], s.Prefix)
		}
		add(a, o.kernelElement(t.Wall, s.set, s.origin, s.Element))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var faults []error
	for set, prefixes := range byHand {
		_, err := o.kernel.Delete(set, prefixes)
		faults = append(faults, err)
	}
	if len(found) > 0 {
		o.log.Info(fmt.Sprintf("%d elements of others were lifted", len(found)), "by", order.By)
	}
	return errors.Join(faults...)
}

// unaccept ends the acceptances inside a prefix, those of others too.
func (o *operator) unaccept(ctx context.Context, order control.Order, a *control.Answer) error {
	if err := prefixOf(order); err != nil {
		return err
	}
	t := now()
	inside, _, err := o.strangers(t, []string{o.sets.Whitelist}, []netip.Prefix{order.Prefix})
	if err != nil {
		return err
	}
	for _, e := range o.ledger.Unaccept(t, order.Prefix, order.By) {
		o.enforcer.say.ended(e)
		add(a, o.element(e.Ban))
	}
	for _, s := range inside {
		if s.origin == "config" {
			note(a, "%s is spared (%s), and stays", address(s.Prefix), s.Comment)
			continue
		}
		o.ledger.Renew(t, ledger.Whitelist, s.Prefix)
		add(a, o.kernelElement(t.Wall, s.set, s.origin, s.Element))
	}
	o.settleAfter(ctx, a)
	if a.Count == 0 && len(a.Notes) == 0 {
		return control.Refuse(http.StatusNotFound, "", "unaccept %s: it is not accepted", address(order.Prefix))
	}
	return nil
}

// add tells one more element that began or ended.
func add(a *control.Answer, e control.Element) {
	a.Count++
	if len(a.Elements) < control.MaxElements {
		a.Elements = append(a.Elements, e)
	}
}

func note(a *control.Answer, format string, args ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, args...))
}
