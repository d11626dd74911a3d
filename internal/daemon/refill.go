package daemon

import (
	"errors"
	"fmt"
	"log/slog"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/ipset"
)

// Refill makes the sets that cfg names where they are missing, and writes the
// bans and acceptances into them that the last run left on disk, without a
// daemon: at boot this happens before any firewall is loaded.
func Refill(cfg *config.Config, log *slog.Logger) error {
	k, err := ipset.Dial()
	if err != nil {
		return err
	}
	s := newSets(cfg)
	err = s.ensure(k, log)
	if err == nil {
		err = refill(cfg, k, s, log)
	}
	return errors.Join(err, k.Close())
}

func refill(cfg *config.Config, k kernel, s *sets, log *slog.Logger) error {
	l := newLedger(cfg, spare.New())
	disk, err := openStopped(l, cfg.State)
	switch {
	case errors.Is(err, ledger.ErrLocked):
		return nil // the daemon runs and writes the sets itself
	case err != nil: // the sets are there, which the firewall needs more than bans
		log.Error("read the state failed: the sets are not refilled", "err", err)
		return nil
	case disk == nil:
		return nil // nothing was kept yet
	}
	c := &comparer{enforcer: newEnforcer(k, s, l, spare.New(), log), reader: k}
	err = errors.Join(c.adopt(), c.fill(), c.one(ledger.Blacklist), c.one(ledger.Whitelist))
	c.drain()
	log.Info(fmt.Sprintf("%d bans in force", l.Stats().BansActive))
	return errors.Join(err, asOwner(cfg.State, disk.Close))
}

func newEnforcer(k kernel, s *sets, l *ledger.Ledger, spared *spare.List, log *slog.Logger) *enforcer {
	return &enforcer{
		kernel: k, sets: s, ledger: l, spared: spared, log: log, fixed: newFixed(),
		say: announcer{log: log}, alarm: alarm{log: log}, compare: make(chan struct{}, 1), settle: make(chan chan<- bool),
		errors: newTally(), full: map[string]bool{}, latency: func(float64) {},
	}
}
