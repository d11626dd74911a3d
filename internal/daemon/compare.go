package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
	"syslog-blacklist/rules"
)

// compareInterval is how often the kernel is compared with the ledger when
// nothing calls for it.
const compareInterval = 5 * time.Minute

// compareGap keeps comparisons apart when every write fails.
const compareGap = time.Second

// slack is how much shorter than the ledger the kernel's timeout may be before
// it is written again.
const slack = time.Minute

// comparer finds where the kernel and the ledger differ. It only reads the
// kernel, on a socket of its own; what differs becomes pending in the ledger, so
// that the enforcer stays the one who writes.
type comparer struct {
	*enforcer
	reader   kernel
	interval time.Duration
	counters counters
	entries  map[string]bool // the names of the rules' entries, as comments bear them
	unused   map[string]bool // blacklists that no firewall rule uses, and that was said
}

// Run compares at intervals and when the enforcer asks.
func (c *comparer) Run(ctx context.Context) error {
	tick := time.NewTicker(c.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-c.compare:
		}
		if err := c.all(); err != nil {
			c.errors.add("list", 1)
			c.log.Error("compare the kernel's sets with the ledger failed; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(compareGap):
		}
	}
}

// all compares every set once.
func (c *comparer) all() error {
	if err := c.sets.ensure(c.reader, c.log); err != nil {
		return err
	}
	c.roomAgain()
	var faults []error
	for _, set := range []ledger.Set{ledger.Blacklist, ledger.Whitelist} {
		faults = append(faults, c.one(set))
	}
	faults = append(faults, c.fixed.check(c.reader), c.used())
	return errors.Join(faults...)
}

// used says once when no firewall rule uses a blacklist, the commonest mistake:
// everything seems to work, and nobody is kept out.
func (c *comparer) used() error {
	for _, name := range []string{c.sets.Blacklist, v6(c.sets.Blacklist)} {
		h, err := c.reader.Header(name)
		if err != nil {
			return err
		}
		unused := h.References == 0
		if unused && !c.unused[name] {
			c.log.Warn(noRule(name))
		}
		c.unused[name] = unused
	}
	return nil
}

// roomAgain lets new elements be tried in sets that were full.
func (e *enforcer) roomAgain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.full)
}

// one reads both families of a set and makes pending what they lack. While a pause
// holds bans back the kernel is to lack them.
func (c *comparer) one(set ledger.Set) error {
	paused := set == ledger.Blacklist && !c.pause.until().IsZero()
	comparison := c.ledger.Compare(now(), set, short)
	name := c.sets.Blacklist
	if set == ledger.Whitelist {
		name = c.sets.Whitelist
	}
	for _, n := range []string{name, v6(name)} {
		err := c.reader.List(n, func(e ipset.Element) bool {
			if !e.NoMatch && !paused { // somebody's exception is no ban
				comparison.Saw(e.Prefix, e.Timeout)
			}
			if set == ledger.Blacklist {
				c.counters.see(n, e)
			}
			return true
		})
		if err != nil {
			return err
		}
		c.counters.end(n)
	}
	if paused {
		return nil
	}
	if missing := comparison.End(); missing > 0 {
		c.log.Warn(fmt.Sprintf("%d elements were missing from set %s; they are written again", missing, name))
	}
	return nil
}

// short tells whether a kernel timeout ends a ban too early. 0 is for ever.
func short(kernel, remaining time.Duration) bool {
	switch {
	case kernel == 0:
		return false
	case remaining == rules.Forever:
		return true
	}
	return kernel < min(remaining, ipset.MaxTimeout)-slack
}

// everyIPv4 and everyIPv6 stand for their families.
var (
	everyIPv4 = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	everyIPv6 = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
)

// adopt takes over what the kernel holds at start. Only elements that the disk
// knows or whose comment is an entry's name are the program's own; others stay
// what they are, somebody else's.
func (c *comparer) adopt() error {
	t := now()
	for _, set := range []ledger.Set{ledger.Blacklist, ledger.Whitelist} {
		for _, probe := range []netip.Prefix{everyIPv4, everyIPv6} {
			name := c.sets.of(set, probe)
			commented := c.sets.Comments && !c.sets.found[name].plain.Load()
			err := c.reader.List(name, func(e ipset.Element) bool {
				_, known := c.ledger.Lookup(t, set, e.Prefix)
				if commented && !known && !c.entries[e.Comment] || isSpared(e.Comment) {
					return true
				}
				remaining := e.Timeout
				if remaining == 0 {
					remaining = rules.Forever
				}
				c.ledger.Adopt(t, set, e.Prefix, remaining, e.Comment)
				return true
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// counters sums what the elements' packet counters grew by between comparisons.
// An element's own counter goes with the element.
type counters struct {
	mu   sync.Mutex
	sets map[string]*setCounters
}

type setCounters struct {
	packets, bytes uint64
	last, now      map[netip.Prefix][2]uint64
}

func (c *counters) see(set string, e ipset.Element) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sets == nil {
		c.sets = map[string]*setCounters{}
	}
	s := c.sets[set]
	if s == nil {
		s = &setCounters{now: map[netip.Prefix][2]uint64{}}
		c.sets[set] = s
	}
	if e.Packets == 0 {
		return
	}
	before, seen := s.now[e.Prefix] // in a dump that broke off
	if !seen {
		before = s.last[e.Prefix]
	}
	if e.Packets < before[0] { // the element was made anew
		before = [2]uint64{}
	}
	s.packets += e.Packets - before[0]
	s.bytes += e.Bytes - before[1]
	s.now[e.Prefix] = [2]uint64{e.Packets, e.Bytes}
}

// end closes a dump: what it did not show is gone.
func (c *counters) end(set string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sets[set]; s != nil {
		s.last, s.now = s.now, map[netip.Prefix][2]uint64{}
	}
}

// total returns what the set has dropped.
func (c *counters) total(set string) (packets, bytes uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sets[set]; s != nil {
		return s.packets, s.bytes
	}
	return 0, 0
}
