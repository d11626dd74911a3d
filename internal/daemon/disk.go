package daemon

import (
	"context"
	"fmt"
	"time"

	"syslog-blacklist/internal/ledger"
)

// openDisk reads what an earlier run has left. A dry run leaves it alone.
func (d *Daemon) openDisk() (err error) {
	if d.cfg.DryRun || d.cfg.State == "" {
		return nil
	}
	if d.disk, err = ledger.Open(d.ledger, d.cfg.State, now); err != nil {
		return fmt.Errorf("%w: stop the other one, or name another directory with the key state", err)
	}
	f := d.disk.Found()
	switch {
	case f.Damage != nil && f.Aside != "":
		d.log.Error("the state file could not be read to its end: what could be read is in force, and the file was put aside",
			"bans", f.Bans, "aside", f.Aside, "err", f.Damage)
	case f.Damage != nil:
		d.log.Error("the state file could not be read to its end: what could be read is in force", "bans", f.Bans, "err", f.Damage)
	}
	if f.ClockBehind {
		d.log.Warn("the clock is behind the last save: bans go on with the time that they had left then")
	}
	return nil
}

// keep writes the ledger to disk until ctx ends, and says when the disk fails
// and when it works again: without it a reboot forgets the bans.
func (d *Daemon) keep(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- d.disk.Run(ctx) }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	failing := false
	for {
		s := d.disk.Status()
		switch {
		case s.Err != nil && !failing:
			d.log.Error("write the state failed: bans are kept in memory and in the kernel alone, and a reboot forgets them", "err", s.Err)
		case s.Err == nil && failing:
			d.log.Info("the state is written again")
		}
		failing = s.Err != nil
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
	}
}
