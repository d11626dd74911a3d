package daemon

import (
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/notify"
	"syslog-blacklist/internal/spare"
)

const (
	retryFirst = 250 * time.Millisecond
	retryLast  = 30 * time.Second
)

// enforcer is the one goroutine that writes to the kernel. It drains what the
// ledger has pending, writes it in batches, and tells a ban only after the
// kernel has acknowledged it.
type enforcer struct {
	kernel  kernel
	sets    *sets
	ledger  *ledger.Ledger
	spared  *spare.List
	log     *slog.Logger
	say     announcer
	alarm   alarm
	latency func(seconds float64)
	fixed   *fixed
	compare chan struct{}    // capacity 1: asks for a comparison
	settle  chan chan<- bool // who waits until all that is pending was written
	pause   pause

	errors *tally

	notifier *notify.Notifier // nil: nobody is to be told
	lookup   *lookup.Lookup

	mu   sync.Mutex
	full map[string]bool // sets that took no more: new elements wait for the next comparison

	// unacked are changes that the kernel did not answer for; they are written
	// again with what has come since, as changes, which is used again and again.
	unacked, changes []ledger.Change
	pending          atomic.Int64
	// failing tells that the kernel did not take the last changes.
	failing atomic.Bool
}

// Run enforces until ctx ends, then writes what is still pending once.
func (e *enforcer) Run(ctx context.Context) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	backoff := retryFirst
	var retry <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			e.drain()
			return nil
		case written := <-e.settle:
			written <- e.drain()
		case <-e.ledger.Wake():
		case <-e.fixed.wake:
			e.writeFixed()
		case <-retry:
		case t := <-second.C:
			e.say.tick(t)
			e.expire()
			e.alarm.look(bootTime(), e.ledger.Stats())
			if e.pause.over(bootTime()) {
				e.resume()
			}
			continue
		}
		if e.flush() {
			backoff, retry = retryFirst, nil
			continue
		}
		retry = time.After(backoff)
		backoff = min(2*backoff, retryLast)
	}
}

// drain writes until nothing is pending, and tells whether the kernel answered.
func (e *enforcer) drain() bool {
	for e.flush() {
		if e.ledger.Stats().Pending == 0 {
			return true
		}
	}
	return false
}

// writeFixed writes the elements that stand for ever. What fails is found again
// by the comparison.
func (e *enforcer) writeFixed() {
	if err := e.fixed.write(e.kernel, e.sets, e.log); err != nil {
		e.errors.add("add", 1)
		e.log.Error("write the spared and the blackout list failed; it is tried again", "err", err)
		e.compareSoon()
	}
}

// setFull notes that a set takes no more, and tells whether that is news.
func (e *enforcer) setFull(set string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	news := !e.full[set]
	e.full[set] = true
	return news
}

func (e *enforcer) isFull(set string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.full[set]
}

// expire tells which bans ended. The kernel has dropped them by itself.
func (e *enforcer) expire() {
	e.say.allEnded(e.ledger.Expire(now()))
}

// flush writes all that is pending and tells whether the kernel answered.
func (e *enforcer) flush() bool {
	again := len(e.unacked)
	e.changes = e.latest(e.ledger.Drain(now(), append(e.changes[:0], e.unacked...)), again)
	e.unacked = nil
	e.pending.Store(int64(len(e.changes)))
	e.writeAll(e.changes)
	clear(e.changes) // lets go of the lines
	e.pending.Store(int64(len(e.unacked)))
	e.failing.Store(len(e.unacked) > 0)
	if len(e.unacked) > 0 {
		e.compareSoon()
	}
	return len(e.unacked) == 0
}

func (e *enforcer) compareSoon() {
	select {
	case e.compare <- struct{}{}:
	default:
	}
}

// latest drops those of the first changes, the unacked, that later ones overtake. A
// prefix stands in at most one drained change.
func (e *enforcer) latest(changes []ledger.Change, unacked int) []ledger.Change {
	type element struct {
		set    ledger.Set
		prefix netip.Prefix
	}
	if unacked == 0 {
		return changes
	}
	drained := make(map[element]bool, len(changes))
	for _, c := range changes[unacked:] {
		drained[element{c.Set, c.Prefix}] = true
	}
	return slices.DeleteFunc(changes, func(c ledger.Change) bool {
		unacked--
		return unacked >= 0 && drained[element{c.Set, c.Prefix}]
	})
}

// operations are what may fail at the kernel, and full that a set took no more.
var operations = []string{"add", "delete", "full", "list"}

// tally counts failures by operation. All are there from the start, at 0, so
// that an alert sees the first one.
type tally struct {
	mu sync.Mutex
	n  map[string]uint64
}

func newTally() *tally {
	t := &tally{n: map[string]uint64{}}
	for _, op := range operations {
		t.n[op] = 0
	}
	return t
}

func (t *tally) add(op string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n[op] += uint64(n)
}

func (t *tally) snapshot() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.n)
}
