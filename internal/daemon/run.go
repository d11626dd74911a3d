package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"
)

// Run works until ctx ends, or until every listener has ended (standard input
// at its end). The bans stay in force: the kernel keeps them by itself.
func (d *Daemon) Run(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // before READY=1: an early SIGHUP must not end the process
	defer signal.Stop(hangup)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	// The enforcer outlives the listeners, so that their last hits are written.
	late, last := context.WithCancel(context.WithoutCancel(ctx))
	defer last()
	g.Go(func() error {
		defer last()
		defer stop()
		return d.receive(ctx)
	})
	// The notifier and the reporter outlive the enforcer, so that the last bans are told.
	later, enforced := context.WithCancel(context.WithoutCancel(ctx))
	defer enforced()
	g.Go(func() error {
		defer enforced()
		return d.enforcer.Run(late)
	})
	if d.notifier != nil {
		g.Go(func() error { return d.notifier.Run(later) })
	}
	if d.reporter != nil {
		g.Go(func() error { return d.reporter.Run(later) })
	}
	if d.disk != nil {
		g.Go(func() error { return d.keep(late) })
	}
	g.Go(func() error { return d.comparer.Run(ctx) })
	g.Go(func() error { return d.prover.Run(ctx) })
	g.Go(func() error { return d.follower.Run(ctx) })
	g.Go(func() error { return d.names.Run(ctx, d.follower.Kick) })
	g.Go(func() error { return d.lists.Run(ctx, d.listsChanged) })
	g.Go(func() error { return d.lookup.Run(ctx) })
	g.Go(func() error { return d.reloadOn(ctx, hangup) })
	g.Go(func() error { return d.serveControl(ctx) })
	if d.web != nil {
		g.Go(func() error { return d.serve(ctx) })
	}
	d.enforcer.compareSoon()
	d.describe()
	d.ready.Store(true)
	d.notify(systemd.SdNotifyReady)
	err := g.Wait()
	d.notify(systemd.SdNotifyStopping)
	if d.disk != nil {
		err = errors.Join(err, d.disk.Close())
	}
	d.log.Info(fmt.Sprintf("stopped; %d bans stay in force", d.ledger.Stats().BansActive))
	return err
}

// receive runs the listeners until all have ended.
func (d *Daemon) receive(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range d.listeners {
		g.Go(func() error { return l.Run(ctx, d.handler.Handle) })
	}
	return g.Wait()
}

// reloadOn reloads the rules at each signal.
func (d *Daemon) reloadOn(ctx context.Context, hangup <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
		}
		d.notify(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", systemd.SdNotifyReloading, monotonic()/time.Microsecond))
		if _, err := d.Reload(ctx); err != nil {
			d.log.Error(err.Error())
		}
		d.notify(systemd.SdNotifyReady)
	}
}

// notify tells systemd. Without systemd nobody listens, which is no fault.
func (d *Daemon) notify(state string) {
	if _, err := systemd.SdNotify(false, state); err != nil {
		d.log.Warn("notify systemd failed", "err", err)
	}
}
