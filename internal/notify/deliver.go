package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	attemptTime = 30 * time.Second // of one attempt
	grace       = 3 * time.Second  // for all attempts once the program is to stop
	retryFirst  = 5 * time.Second
	retryLast   = 5 * time.Minute
	giveUp      = time.Hour // a digest is tried for so long
)

// delivery gathers for one target and delivers.
type delivery struct {
	target Target
	send   func(context.Context, *Digest) error
	host   string
	log    *slog.Logger
	wake   chan struct{} // capacity 1: something was gathered

	mu       sync.Mutex
	gathered gathering

	sent, failed, dropped atomic.Uint64
}

func newDelivery(t Target, host string, log *slog.Logger) *delivery {
	return &delivery{target: t, send: t.sender(log), host: host, log: log, wake: make(chan struct{}, 1)}
}

// add gathers. The lock is held for a few assignments, never while a message is sent.
func (d *delivery) add(put func(*gathering)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gathered.empty() {
		d.gathered.since = time.Now()
	}
	put(&d.gathered)
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *delivery) take() gathering {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.gathered
	d.gathered = gathering{}
	select {
	case <-d.wake: // for what is taken now
	default:
	}
	return g
}

// run sends what came within an interval, which the first of it begins. Attempts
// may go on for the grace when ctx has ended.
func (d *delivery) run(ctx context.Context) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-d.wake:
			sleep(ctx, d.target.Every)
		}
		d.flush(ctx, late)
	}
	d.flush(ctx, late) // what came during the last attempt
}

func (d *delivery) flush(ctx, late context.Context) {
	if g := d.take(); !g.empty() {
		d.deliver(ctx, late, &g)
	}
}

// deliver tries until it is done, or hopeless. Meanwhile the next digest grows.
// The end of ctx brings the next attempt forward and makes it the last.
func (d *delivery) deliver(ctx, late context.Context, g *gathering) {
	digest := g.digest(d.host, time.Now())
	end := time.Now().Add(giveUp)
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		last := ctx.Err() != nil
		err := d.attempt(late, digest)
		if err == nil {
			d.sent.Add(1)
			return
		}
		d.failed.Add(1)
		var hopeless permanent
		if last || errors.As(err, &hopeless) || time.Now().Add(wait).After(end) {
			d.dropped.Add(uint64(g.bans + g.troubles))
			d.log.Error(fmt.Sprintf("notify %s failed; the message is given up", d.target.Name),
				"bans", g.bans, "troubles", g.troubles, "err", err)
			return
		}
		d.log.Warn(fmt.Sprintf("notify %s failed; it is tried again", d.target.Name), "after", wait, "err", err)
		sleep(ctx, wait)
	}
}

func (d *delivery) attempt(ctx context.Context, digest *Digest) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	return d.send(ctx, digest)
}

// permanent is a failure that trying again would not mend.
type permanent struct{ error }

func sleep(ctx context.Context, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
