package daemon

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
	"syslog-blacklist/rules"
)

// operator answers the control socket. It is control's Backend.
type operator struct {
	*Daemon
	version string
	started time.Time

	origins origins

	mu     sync.Mutex // guards kernel
	kernel kernel
}

// openControl binds the control socket. The one that nobody asked for may be
// missing: a host without the group adm is guarded all the same.
func (d *Daemon) openControl() (err error) {
	c := d.cfg.Control
	if d.control, err = control.Listen(c.Socket, c.Group); err == nil || c.Set {
		return err
	}
	d.log.Warn("the control socket cannot be had for the group "+c.Group+"; name another with control: in the configuration", "err", err)
	if d.control, err = control.Listen(c.Socket, ""); err != nil {
		d.log.Warn("there is no control socket: list, why, ban, unban and status cannot ask this daemon", "err", err)
	}
	return nil
}

// serveControl answers until ctx ends.
func (d *Daemon) serveControl(ctx context.Context) error {
	if d.control == nil {
		return nil
	}
	return d.control.Serve(ctx, d.operator)
}

// roles returns the names of the IPv4 sets that a filter chooses.
func (o *operator) roles(role string) []string {
	switch role {
	case "blacklist":
		return []string{o.sets.Blacklist}
	case "whitelist":
		return []string{o.sets.Whitelist}
	case "blackout":
		return []string{o.sets.Blackout}
	case "burst":
		return o.burst()
	}
	return append([]string{o.sets.Blacklist}, o.burst()...)
}

func (o *operator) burst() []string {
	if o.sets.bursts {
		return []string{BurstSet}
	}
	return nil
}

// held calls each with what the kernel holds in the sets of both families, as
// it streams them; each must be quick.
func (o *operator) held(names []string, each func(set string, e ipset.Element)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range names {
		for _, set := range []string{name, v6(name)} {
			err := o.kernel.List(set, func(e ipset.Element) bool { each(set, e); return true })
			if err != nil && !errors.Is(err, ipset.ErrNotExist) { // the comparison makes what is missing
				return err
			}
		}
	}
	return nil
}

// foreign tells of an element in the kernel where it comes from, when it is not
// the ledger's.
func (o *operator) foreign(now ledger.Time, set string, e ipset.Element) (origin string, ok bool) {
	if o.fixed.wants(set, e.Prefix) || isSpared(e.Comment) || e.Comment == alwaysComment {
		return "config", true
	}
	s, ours := o.ledgerSet(set)
	if ours {
		if _, there := o.ledger.Lookup(now, s, e.Prefix); there {
			return "", false
		}
	}
	return string(ledger.ByKernel), true
}

// ledgerSet returns which of the ledger's sets the kernel's set is.
func (o *operator) ledgerSet(set string) (ledger.Set, bool) {
	switch set {
	case o.sets.Blacklist, v6(o.sets.Blacklist):
		return ledger.Blacklist, true
	case o.sets.Whitelist, v6(o.sets.Whitelist):
		return ledger.Whitelist, true
	}
	return 0, false
}

// wants tells whether p is to stand in the set for ever.
func (f *fixed) wants(set string, p netip.Prefix) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.want[set].find(p)
	return ok
}

// second is how times are told: UTC, without fractions.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// moment is nil for a time that is unknown or never comes.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = second(t)
	return &t
}

func length(d time.Duration) control.Duration {
	if d == rules.Forever {
		return control.Duration{Text: spell(d)}
	}
	// Half a second of a ban that has just begun is not worth 11h59m59s.
	d = d.Round(time.Second)
	seconds := int64(d / time.Second)
	return control.Duration{Seconds: &seconds, Text: spell(d)}
}

// kernelLength is length for the kernel's timeouts, where 0 is for ever.
func kernelLength(d time.Duration) control.Duration {
	if d == 0 {
		d = rules.Forever
	}
	return length(d)
}

func (o *operator) element(b ledger.Ban) control.Element {
	return control.Element{
		Set: o.sets.of(b.Set, b.Prefix), Address: address(b.Prefix), Entry: text(b.Entry), Origin: string(b.Origin),
		Since: moment(b.Since), Until: moment(b.Until), Remaining: length(b.Remaining), Duration: length(b.For),
		Nth: b.Nth, Offences: b.Offences, Sender: b.Sender, Line: text(b.Line),
		Who: o.who(b.Prefix),
	}
}

func (o *operator) elements(bans []ledger.Ban) []control.Element {
	out := []control.Element{}
	for _, b := range bans {
		out = append(out, o.element(b))
	}
	return out
}

// kernelElement is an element that the ledger does not know.
func (o *operator) kernelElement(now time.Time, set, origin string, e ipset.Element) control.Element {
	x := control.Element{
		Set: set, Address: address(e.Prefix), Entry: text(e.Comment), Origin: origin, Remaining: kernelLength(e.Timeout),
		Who: o.who(e.Prefix),
	}
	if x.Entry == "" && (set == BurstSet || set == v6(BurstSet)) {
		x.Entry = "burst rule"
	}
	if e.Timeout != 0 {
		x.Until = moment(now.Add(e.Timeout))
	}
	return x
}
