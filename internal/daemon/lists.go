package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"syslog-blacklist/internal/blocklist"
	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/rules"
)

// listsInterval is how often the files are looked at; only those that changed are
// read. Looking needs no notice from the kernel, which files on a network don't give.
const listsInterval = 2 * time.Second

// lists follows the files that always and never name.
type lists struct {
	log      *slog.Logger
	interval time.Duration

	mu       sync.Mutex // guards what follows; Want and Run read files
	paths    [2][]string
	readers  [2]blocklist.Reader
	prefixes [2][]netip.Prefix
	faults   [2][]string // as said last
}

// kinds index the arrays.
const (
	alwaysLists = iota
	neverLists
)

// directives are the words of the kinds in the rules.
var directives = [2]string{"always", "never"}

func newLists(log *slog.Logger) *lists { return &lists{log: log, interval: listsInterval} }

// Want makes all the files that are followed, and reads them.
func (l *lists) Want(all []rules.List) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paths = [2][]string{}
	for _, list := range all {
		kind := alwaysLists
		if list.Never {
			kind = neverLists
		}
		l.paths[kind] = append(l.paths[kind], list.Path)
	}
	l.readLocked()
}

// Always and Never return what the files hold now. It is not to be changed.
func (l *lists) Always() []netip.Prefix { return l.held(alwaysLists) }
func (l *lists) Never() []netip.Prefix  { return l.held(neverLists) }

func (l *lists) held(kind int) []netip.Prefix {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.prefixes[kind]
}

// snapshot tells, for each directive that names files, what they hold and what of
// them can't be read.
func (l *lists) snapshot() (out []metrics.List) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for kind, word := range directives {
		if len(l.paths[kind]) > 0 {
			out = append(out, metrics.List{Directive: word, Prefixes: len(l.prefixes[kind]), Faults: l.faults[kind]})
		}
	}
	return out
}

// Run looks at intervals and calls changed when a list became another one.
func (l *lists) Run(ctx context.Context, changed func()) error {
	tick := time.NewTicker(l.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		l.mu.Lock()
		news := l.readLocked()
		l.mu.Unlock()
		if news {
			changed()
		}
	}
}

func (l *lists) readLocked() (changed bool) {
	for kind, word := range directives {
		prefixes, faults, news := l.readers[kind].Read(l.paths[kind], time.Now())
		if !slices.Equal(faults, l.faults[kind]) {
			for _, f := range faults {
				l.log.Warn("read a list of "+word+": "+f, "lists", len(l.paths[kind]))
			}
			l.faults[kind] = faults
		}
		if !news {
			continue
		}
		if len(prefixes) > 0 || len(l.prefixes[kind]) > 0 {
			l.log.Info(fmt.Sprintf("the lists of %s hold %d prefixes", word, len(prefixes)))
		}
		l.prefixes[kind], changed = prefixes, true
	}
	return changed
}
