package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"syscall"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/internal/spare"
)

// UnbanStopped carries out an Unban while no daemon runs: on the state that the
// next one will read, and on the kernel. The error is ledger.ErrLocked while one
// runs that cannot be asked.
func UnbanStopped(ctx context.Context, cfg *config.Config, order control.Order) (a control.Answer, err error) {
	order.By = "uid " + fmt.Sprint(os.Getuid())
	if u, err := user.Current(); err == nil {
		order.By = u.Username
	}
	d := &Daemon{cfg: cfg, log: slog.New(slog.DiscardHandler), spared: spare.New(), sets: newSets(cfg)}
	d.operator = &operator{Daemon: d}
	d.lookup = lookup.New(lookup.Config{}, d.log) // nobody is there to ask
	d.ledger = newLedger(cfg, d.spared)
	d.metrics = metrics.New(metrics.Build{}, d.snapshot)
	disk, err := openStopped(d.ledger, cfg.State)
	if err != nil {
		return a, err
	}
	defer func() {
		if disk != nil {
			err = errors.Join(err, asOwner(cfg.State, disk.Close))
		}
		err = errors.Join(err, d.close())
	}()
	if err := d.dialAll(); err != nil {
		return a, err
	}
	if err := d.enforce(nil); err != nil {
		return a, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.enforcer.Run(running) }()
	a, err = d.operator.Do(ctx, order)
	stop()
	return a, errors.Join(err, <-ended)
}

// openStopped reads the state, if there is any.
func openStopped(l *ledger.Ledger, state string) (disk *ledger.Disk, err error) {
	if _, err := os.Stat(state); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	err = asOwner(state, func() (err error) {
		if disk, err = ledger.Open(l, state, now); err != nil {
			return err
		}
		return disk.Status().Err
	})
	return disk, err
}

// asOwner calls f as the user that dir belongs to, when root calls it: a file
// that root leaves there the daemon could not write, and a link that the
// daemon's user puts there must not lead root astray.
func asOwner(dir string, f func() error) (err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	if os.Geteuid() != 0 || owner.Uid == 0 {
		return f()
	}
	gid := os.Getegid()
	if err := unix.Setresgid(-1, int(owner.Gid), -1); err != nil {
		return fmt.Errorf("become the group of %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, unix.Setresgid(-1, gid, -1)) }()
	if err := unix.Setresuid(-1, int(owner.Uid), -1); err != nil {
		return fmt.Errorf("become the owner of %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, unix.Setresuid(-1, 0, -1)) }()
	return f()
}
