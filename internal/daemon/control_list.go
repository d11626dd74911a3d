package daemon

import (
	"context"
	"net/netip"
	"strings"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
)

// List tells the ledger's elements, and then what others put into the kernel.
func (o *operator) List(ctx context.Context, f control.Filter, each func(control.Element) error) error {
	now := now()
	names := o.roles(f.Role)
	wanted := 0
	for _, name := range names {
		set, ours := o.ledgerSet(name)
		if !ours {
			continue
		}
		var err error
		o.ledger.Each(now, set, func(b ledger.Ban) bool {
			if chosen(f, b.Prefix, b.Entry) && (f.Age == 0 || now.Wall.Sub(b.Since) <= f.Age) {
				if wanted++; wanted <= listWants {
					o.want(b.Prefix)
				}
				err = each(o.element(b))
			}
			return err == nil && ctx.Err() == nil
		})
		if err != nil {
			return err
		}
	}
	if f.Age > 0 { // nobody knows how old the others' are
		return ctx.Err()
	}
	others, err := o.others(now, names, f)
	for _, e := range others {
		if err := each(e); err != nil {
			return err
		}
	}
	return err
}

// others collects what the ledger does not know, so that a slow reader does not
// hold up the kernel's dump.
func (o *operator) others(t ledger.Time, names []string, f control.Filter) ([]control.Element, error) {
	var out []control.Element
	err := o.held(names, func(set string, e ipset.Element) {
		if !chosen(f, e.Prefix, e.Comment) {
			return
		}
		if origin, ok := o.foreign(t, set, e); ok {
			out = append(out, o.kernelElement(t.Wall, set, origin, e))
		}
	})
	return out, err
}

func chosen(f control.Filter, p netip.Prefix, entry string) bool {
	return (f.Entry == "" || f.Entry == text(entry)) && (!f.Prefix.IsValid() || f.Prefix.Overlaps(p))
}

// text makes what came from outside fit for JSON, which holds no other bytes
// than UTF-8.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
