package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/rules"
)

// settleTime is how long an order waits for the kernel before it is answered.
const settleTime = 5 * time.Second

// Do carries out an order and answers when the kernel agrees, so that what an
// operator does next sees it.
func (o *operator) Do(ctx context.Context, order control.Order) (control.Answer, error) {
	a := control.Answer{Elements: []control.Element{}, Covering: []control.Element{}, Faults: []string{}, Notes: []string{}}
	if order.Prefix.IsValid() && order.Prefix != order.Prefix.Masked() {
		return a, bad("%s %s: it has bits beyond its length; write %s", order.Verb, order.Prefix, order.Prefix.Masked())
	}
	do := map[control.Verb]func(context.Context, control.Order, *control.Answer) error{
		control.Ban: o.ban, control.Unban: o.unban, control.Accept: o.accept, control.Unaccept: o.unaccept,
		control.Pause: o.pause, control.Resume: o.resume, control.Reload: o.reload, control.SendReport: o.sendReport,
	}[order.Verb]
	if do == nil {
		return a, bad("%s: no such order", order.Verb)
	}
	err := do(ctx, order, &a)
	return a, err
}

func bad(format string, args ...any) error {
	return control.Refuse(http.StatusBadRequest, "", format, args...)
}

// prefixOf and lengthOf check what an order must have.
func prefixOf(order control.Order) error {
	if !order.Prefix.IsValid() {
		return bad("%s: an address is wanted", order.Verb)
	}
	return nil
}

func lengthOf(order control.Order) (time.Duration, error) {
	d, err := rules.ParseDuration(order.For)
	if err != nil {
		return 0, bad("%s: %v", order.Verb, err)
	}
	return d, nil
}

// maxReason bounds what an operator writes beside a ban; the kernel's comment
// takes 255 bytes.
const maxReason = 200

func (o *operator) ban(ctx context.Context, order control.Order, a *control.Answer) error {
	d, err := lengthOf(order)
	if err = errors.Join(prefixOf(order), err); err != nil {
		return err
	}
	if len(order.Reason) > maxReason || strings.ContainsFunc(order.Reason, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return bad("ban %s: a reason is at most %d bytes that can be printed", address(order.Prefix), maxReason)
	}
	if order.Reason == "" {
		order.Reason = "operator"
	}
	err = o.ledger.Ban(now(), order.Prefix, d, order.Reason, order.By)
	if errors.Is(err, ledger.ErrSpared) {
		return control.Refuse(http.StatusConflict, "syslog-blacklist why ADDR tells what spares an address; never in the rules file is the administrator's word",
			"ban %s: it holds %s", address(order.Prefix), o.sparedIn(order.Prefix))
	}
	if err != nil {
		return err
	}
	o.settleAfter(ctx, a)
	b, ok := o.ledger.Lookup(now(), ledger.Blacklist, order.Prefix)
	if !ok { // it was over, or lifted, before this answer
		return nil
	}
	add(a, o.element(b))
	if b.Remaining > d {
		note(a, "it was banned for longer before; a ban is never shortened")
	}
	if set := o.sets.of(ledger.Blacklist, order.Prefix); o.enforcer.isFull(set) {
		note(a, "set %s is full: the ban may not be in force before elements expire; raise sets.size and restart the daemon", set)
	}
	if until := o.enforcer.pause.until(); !until.IsZero() {
		note(a, "paused until %s: it comes into force then", until.Format(time.TimeOnly))
	}
	if order.Prefix.IsSingleIP() && o.unit(order.Prefix.Addr()) != order.Prefix {
		note(a, "the rules ban %s as one", o.unit(order.Prefix.Addr()))
	}
	return nil
}

// sparedIn names somebody inside p who is spared, and why.
func (o *operator) sparedIn(p netip.Prefix) string {
	if reason, ok := o.spared.Lookup(p.Addr()); ok {
		return fmt.Sprintf("%s, which is never banned (%s)", p.Addr(), reason)
	}
	for _, e := range o.spared.Kernel() {
		if p.Overlaps(e.Prefix) {
			return fmt.Sprintf("%s, which is never banned (%s)", address(e.Prefix), e.Reason)
		}
	}
	return "an address that is never banned"
}

// unit is what the rules count and ban as one.
func (o *operator) unit(addr netip.Addr) netip.Prefix {
	bits := o.cfg.Prefix.IPv4
	if addr.Is6() {
		bits = o.cfg.Prefix.IPv6
	}
	return netip.PrefixFrom(addr, bits).Masked()
}

// settleAfter waits for the kernel.
func (o *operator) settleAfter(ctx context.Context, a *control.Answer) {
	ctx, stop := context.WithTimeout(ctx, settleTime)
	defer stop()
	if !o.enforcer.settled(ctx.Done()) {
		note(a, "the kernel has not taken it yet; the daemon goes on trying, and its log says why")
	}
}

func (o *operator) accept(ctx context.Context, order control.Order, a *control.Answer) error {
	d, err := lengthOf(order)
	if err = errors.Join(prefixOf(order), err); err != nil {
		return err
	}
	if !order.Prefix.IsSingleIP() {
		return control.Refuse(http.StatusBadRequest, "never in the rules file spares whole networks", "accept %s: one address is wanted", order.Prefix)
	}
	addr := order.Prefix.Addr()
	if reason, ok := o.spared.Lookup(addr); ok {
		return control.Refuse(http.StatusConflict, "", "accept %s: it is never banned anyway (%s)", addr, reason)
	}
	err = o.ledger.Accept(now(), order.Prefix, d, "operator", order.By)
	if errors.Is(err, ledger.ErrBlackout) {
		return control.Refuse(http.StatusConflict, "take it out of always in the rules file first", "accept %s: it stands in the blackout list", addr)
	}
	if err != nil {
		return err
	}
	o.log.Info(fmt.Sprintf("whitelisting %s for operator", addr), "duration", spell(d), "by", order.By)
	o.settleAfter(ctx, a)
	if b, ok := o.ledger.Lookup(now(), ledger.Whitelist, order.Prefix); ok {
		add(a, o.element(b))
	}
	for _, b := range o.ledger.Covering(now(), ledger.Blacklist, order.Prefix) {
		note(a, "the ban of %s for %s goes on beneath, and counts again when the acceptance ends", address(b.Prefix), b.Entry)
	}
	return nil
}

func (o *operator) pause(_ context.Context, order control.Order, a *control.Answer) error {
	d, err := lengthOf(order)
	if err != nil {
		return err
	}
	if d > maxPause {
		return bad("pause: %s is too long, at most %s", spell(d), spell(maxPause))
	}
	t := now()
	end := ledger.Time{Boot: t.Boot + d, Wall: t.Wall.Add(d)}
	o.enforcer.pause.set(end)
	o.log.Warn("paused: no new ban reaches the kernel", "until", end.Wall.Format(time.RFC3339), "by", order.By)
	a.Until = moment(end.Wall)
	return nil
}

func (o *operator) resume(ctx context.Context, order control.Order, a *control.Answer) error {
	if o.enforcer.pause.until().IsZero() {
		return control.Refuse(http.StatusConflict, "", "resume: it is not paused")
	}
	o.enforcer.pause.set(ledger.Time{})
	o.enforcer.resume()
	return nil
}

func (o *operator) reload(ctx context.Context, _ control.Order, a *control.Answer) error {
	faults, err := o.Reload(ctx)
	for _, f := range faults {
		a.Faults = append(a.Faults, f.Format())
	}
	a.Count = len(o.handler.rules.Load().set.Entries())
	if err != nil {
		refusal := control.Refuse(http.StatusUnprocessableEntity, "", "load rules %s: nothing was changed", o.cfg.Rules)
		refusal.Faults = a.Faults
		return refusal
	}
	return nil
}
