package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/internal/notify"
)

// newNotifier returns who tells the targets, nil when there are none, and the log
// whose warnings and errors are the troubles that are told.
func newNotifier(cfg *config.Config, log *slog.Logger) (*notify.Notifier, *slog.Logger, error) {
	if len(cfg.Notify) == 0 {
		return nil, log, nil
	}
	n, err := notify.New(cfg.Notify, log) // the plain log: a failure to tell is not told
	if err != nil {
		return nil, nil, err
	}
	return n, slog.New(troubles{log.Handler(), n}), nil
}

// troubles reports what is logged as a warning or an error, and logs it.
type troubles struct {
	slog.Handler
	notifier *notify.Notifier
}

func (h troubles) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || h.Handler.Enabled(ctx, level)
}

func (h troubles) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		var b strings.Builder
		b.WriteString(r.Message)
		r.Attrs(func(a slog.Attr) bool {
			fmt.Fprintf(&b, "; %s: %v", a.Key, a.Value)
			return true
		})
		h.notifier.Trouble(b.String())
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h troubles) WithAttrs(attrs []slog.Attr) slog.Handler {
	return troubles{h.Handler.WithAttrs(attrs), h.notifier}
}

func (h troubles) WithGroup(name string) slog.Handler {
	return troubles{h.Handler.WithGroup(name), h.notifier}
}

// notify hands over a ban that the kernel has acknowledged.
func (e *enforcer) notify(c *ledger.Change) {
	if e.notifier == nil {
		return
	}
	e.notifier.Ban(notify.Ban{
		Address: address(c.Prefix), Entry: c.Entry, For: spell(c.For), Until: c.Until,
		Nth: c.Nth, Sender: c.Sender, Line: c.Line,
	})
}

func (d *Daemon) snapshotNotify(s *metrics.Snapshot) {
	if d.notifier == nil {
		return
	}
	for _, n := range d.notifier.Stats() {
		s.Notify = append(s.Notify, metrics.Notify{Target: n.Target, Sent: n.Sent, Failed: n.Failed, Dropped: n.Dropped})
	}
}
