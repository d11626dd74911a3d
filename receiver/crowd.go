package receiver

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
)

// crowd counts connections by peer. The zero value has no bounds.
type crowd struct {
	limit   int // connections in all, 0 for any number
	perPeer int // connections of one peer, 0 for any number

	mu     sync.Mutex
	total  int                // guarded by mu
	byPeer map[netip.Addr]int // guarded by mu; no entry is 0
}

// join adds a connection of a, and reports whether it is a's first. Unless ok there was no room for it.
func (c *crowd) join(a netip.Addr) (first, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.byPeer[a]
	if c.limit > 0 && c.total >= c.limit || c.perPeer > 0 && n >= c.perPeer {
		return false, false
	}
	if c.byPeer == nil {
		c.byPeer = make(map[netip.Addr]int)
	}
	c.total++
	c.byPeer[a] = n + 1
	return n == 0, true
}

// leave takes a connection of a away, and reports whether it was a's last.
func (c *crowd) leave(a netip.Addr) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total--
	c.byPeer[a]--
	if c.byPeer[a] > 0 {
		return false
	}
	delete(c.byPeer, a)
	return true
}

// list returns the peers.
func (c *crowd) list() []netip.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.byPeer))
}
