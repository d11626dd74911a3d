package lookup

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	workers  = 4     // questions under way at once
	maxQueue = 1024  // questions that wait
	maxKept  = 16384 // answers kept; some 300 bytes each
)

// answer is what was said, for which prefix, and how long it is believed.
type answer[V any] struct {
	value  V
	prefix netip.Prefix
	until  time.Time
	failed bool // counted only: value says why
}

// asker asks a far end about addresses, each once at a time, and keeps the answers.
// A nil *asker is one that is off.
type asker[V any] struct {
	ask   func(context.Context, netip.Addr) answer[V]
	queue chan netip.Addr

	mu      sync.Mutex // guards what follows
	waiting map[netip.Addr]chan struct{}
	kept    map[netip.Prefix]answer[V]
	lengths []int // of the prefixes in kept, now or before
	stats   Asked
}

// Asked counts the questions to one kind of far end.
type Asked struct {
	Questions uint64
	Failed    uint64 // questions that got no answer
	Dropped   uint64 // questions never asked, since too many were waiting
	Evicted   uint64 // answers forgotten before their time
}

func newAsker[V any](ask func(context.Context, netip.Addr) answer[V]) *asker[V] {
	return &asker[V]{
		ask: ask, queue: make(chan netip.Addr, maxQueue),
		waiting: map[netip.Addr]chan struct{}{}, kept: map[netip.Prefix]answer[V]{},
	}
}

// done is what somebody waits for whose question need not be asked.
var done = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// get returns the answer that holds for addr now.
func (a *asker[V]) get(addr netip.Addr) (value V, ok bool) {
	if a == nil {
		return value, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.getLocked(addr, time.Now())
}

func (a *asker[V]) getLocked(addr netip.Addr, now time.Time) (value V, ok bool) {
	for _, bits := range a.lengths { // the longest first
		p, err := addr.Prefix(bits)
		if err != nil { // an IPv6 length
			continue
		}
		if k, ok := a.kept[p]; ok && now.Before(k.until) {
			return k.value, true
		}
	}
	return value, false
}

// want queues the question about addr, unless the answer is there, and returns
// what is closed when it is; nil when too many wait, and the question is dropped.
func (a *asker[V]) want(addr netip.Addr) <-chan struct{} {
	if a == nil {
		return done
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.waiting[addr]; ok {
		return c
	}
	if _, ok := a.getLocked(addr, time.Now()); ok {
		return done
	}
	select {
	case a.queue <- addr:
	default:
		a.stats.Dropped++
		return nil
	}
	c := make(chan struct{})
	a.waiting[addr] = c
	return c
}

// run asks until ctx ends.
func (a *asker[V]) run(ctx context.Context) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case addr := <-a.queue:
					a.work(ctx, addr)
				}
			}
		})
	}
	wg.Wait()
}

// work asks about addr, unless an answer to another question has told it meanwhile.
func (a *asker[V]) work(ctx context.Context, addr netip.Addr) {
	if _, ok := a.get(addr); !ok {
		got := a.ask(ctx, addr)
		a.keep(got, time.Now())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.waiting[addr])
	delete(a.waiting, addr)
}

func (a *asker[V]) keep(got answer[V], now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats.Questions++
	if got.failed {
		a.stats.Failed++
	}
	if _, ok := a.kept[got.prefix]; !ok && len(a.kept) >= maxKept {
		a.evictLocked(now)
	}
	a.kept[got.prefix] = got
	if bits := got.prefix.Bits(); !slices.Contains(a.lengths, bits) {
		a.lengths = append(a.lengths, bits)
		slices.SortFunc(a.lengths, func(x, y int) int { return y - x })
	}
}

// evictLocked makes room: what is stale goes, and an eighth of the rest, as the
// map has it.
func (a *asker[V]) evictLocked(now time.Time) {
	fresh := 0
	for p, k := range a.kept {
		if now.Before(k.until) {
			if fresh++; fresh > maxKept/8 {
				continue
			}
			a.stats.Evicted++
		}
		delete(a.kept, p)
	}
}
