package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// nameInterval is how often names are asked for again: short enough for a
	// dynamic address, long enough for the resolver.
	nameInterval = time.Minute
	// nameTimeout bounds the questions of one round, which go out together.
	nameTimeout = 5 * time.Second
)

// names resolves the names of never directives. The last good answer is kept,
// on disk too: a resolver that is away must not turn a friend into a stranger.
type names struct {
	log    *slog.Logger
	path   string // where answers are kept; empty keeps none
	lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

	mu     sync.Mutex
	wanted []string
	known  map[string][]netip.Addr
}

func newNames(state string, log *slog.Logger) *names {
	n := &names{log: log, lookup: net.DefaultResolver.LookupNetIP, known: map[string][]netip.Addr{}}
	if state == "" {
		return n
	}
	n.path = filepath.Join(state, "names.json")
	text, err := os.ReadFile(n.path)
	if err == nil {
		err = json.Unmarshal(text, &n.known)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("read known names failed; they are resolved anew", "err", err)
	}
	return n
}

// Addrs returns the last good answer for name.
func (n *names) Addrs(name string) []netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known[name]
}

// Want makes wanted the names that are followed, and asks for them once.
func (n *names) Want(ctx context.Context, wanted []string) {
	n.mu.Lock()
	n.wanted = wanted
	n.mu.Unlock()
	n.resolve(ctx)
}

// Run asks again at intervals and calls changed when an answer is another one.
func (n *names) Run(ctx context.Context, changed func()) error {
	tick := time.NewTicker(nameInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if n.resolve(ctx) {
				changed()
			}
		}
	}
}

// resolve asks for all wanted names together and tells whether an answer changed.
func (n *names) resolve(ctx context.Context) (changed bool) {
	ctx, cancel := context.WithTimeout(ctx, nameTimeout)
	defer cancel()
	n.mu.Lock()
	wanted := n.wanted
	n.mu.Unlock()
	answers := make([][]netip.Addr, len(wanted))
	var wg sync.WaitGroup
	for i, name := range wanted {
		wg.Go(func() {
			var err error
			if answers[i], err = n.lookup(ctx, "ip", name); err != nil && ctx.Err() != context.Canceled {
				n.log.Warn(fmt.Sprintf("resolve never %s failed; its last known addresses stay spared", name), "known", len(n.Addrs(name)), "err", err)
			}
		})
	}
	wg.Wait()
	return n.learn(wanted, answers)
}

func (n *names) learn(wanted []string, answers [][]netip.Addr) (changed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, name := range wanted {
		got := answers[i]
		slices.SortFunc(got, netip.Addr.Compare)
		if len(got) > 0 && !slices.Equal(got, n.known[name]) {
			n.known[name] = got
			changed = true
		}
	}
	stale := func(name string, _ []netip.Addr) bool { return !slices.Contains(wanted, name) }
	before := len(n.known)
	maps.DeleteFunc(n.known, stale)
	if changed || len(n.known) != before {
		n.saveLocked()
	}
	return changed
}

func (n *names) saveLocked() {
	if n.path == "" {
		return
	}
	text, err := json.Marshal(n.known)
	if err == nil {
		err = os.WriteFile(n.path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(n.path+".new", n.path)
	}
	if err != nil {
		n.log.Warn("keep known names failed; after a restart they must be resolved before they are spared", "err", err)
	}
}
