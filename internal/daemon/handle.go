package daemon

import (
	"bytes"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/report"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/receiver"
	"syslog-blacklist/rules"
)

// active is the rules in force, with the counters of each entry. It is swapped
// as one, and never changed.
type active struct {
	set      *rules.Set
	counters []*entryCounters // by Entry.Number; entries of one name share one
}

// entryCounters counts what became of an entry's hits.
type entryCounters struct {
	name                           string
	hits, bans, accepts, noAddress atomic.Uint64
	last                           atomic.Int64 // Unix nanoseconds; 0: never
	spared                         map[spare.Reason]*atomic.Uint64
}

func newEntryCounters(name string) *entryCounters {
	c := &entryCounters{name: name, spared: map[spare.Reason]*atomic.Uint64{}}
	for _, r := range spare.Reasons {
		c.spared[r] = new(atomic.Uint64)
	}
	return c
}

// handler takes batches from the receivers. It is called by many goroutines at
// once, and runs to completion: nothing of a message is kept unless it hits.
type handler struct {
	rules  atomic.Pointer[active]
	ledger *ledger.Ledger
	own    []byte // how the daemon's own lines begin
	trips  map[*receiver.Listener]*atomic.Uint64
	free   sync.Pool // of *handling

	reporter *report.Reporter // nil: nothing is reported
}

func newHandler(l *ledger.Ledger, listeners []*receiver.Listener) *handler {
	h := &handler{
		ledger: l, own: []byte("syslog-blacklist[" + strconv.Itoa(os.Getpid()) + "]:"),
		trips: map[*receiver.Listener]*atomic.Uint64{},
		free:  sync.Pool{New: func() any { return new(handling) }},
	}
	for _, l := range listeners {
		h.trips[l] = new(atomic.Uint64)
	}
	return h
}

// handling is what one batch needs, used again and again.
type handling struct {
	hit    rules.Hit
	report ledger.Report
}

// Handle matches a batch and reports its hits to the ledger.
func (h *handler) Handle(b *receiver.Batch) {
	a := h.rules.Load()
	m := a.set.Matcher()
	defer a.set.Release(m)
	w := h.free.Get().(*handling)
	defer h.free.Put(w)
	arrived, from := ledger.Time{}, origin{listener: b.Listener}
	for i := range b.Messages {
		msg := &b.Messages[i]
		if !m.Match(msg.Line, msg.Truncated, &w.hit) || h.loop(msg) {
			continue
		}
		if arrived.Boot == 0 {
			arrived = now()
		}
		from.set(msg.Peer)
		w.report = ledger.Report{
			Hit: &w.hit, Sender: from.name, Host: msg.Host, Tag: msg.Tag, PID: msg.PID,
			Local: !msg.Peer.IsValid() || msg.Peer.IsLoopback(),
			Line:  msg.Line, Repeat: msg.Repeat, At: msg.ZonedTime(),
		}
		h.hit(arrived, a.counters[w.hit.Entry.Number], &w.report, b.Listener)
	}
	if !b.More {
		h.ledger.Tell()
	}
}

// loop tells the daemon's own lines, come back from the local syslog. Its lines
// quote attackers, and would be read as attacks again. Another host's daemon is
// an ordinary program.
func (h *handler) loop(msg *receiver.Message) bool {
	return bytes.HasPrefix(msg.Line, h.own) && (!msg.Peer.IsValid() || msg.Peer.IsLoopback())
}

func (h *handler) hit(t ledger.Time, c *entryCounters, r *ledger.Report, l *receiver.Listener) {
	c.hits.Add(1)
	c.last.Store(t.Wall.UnixNano())
	out := h.ledger.Hit(t, r)
	h.sight(t, r, &out)
	switch out.Result {
	case ledger.Banned:
		c.bans.Add(1)
	case ledger.Accepted:
		c.accepts.Add(1)
	case ledger.Spared:
		c.spared[out.Reason].Add(1)
	case ledger.NoAddress:
		c.noAddress.Add(1)
	case ledger.Tripped:
		h.trips[l].Add(1)
	}
}

// origin names who sent a message: its address, or the local source. The next
// message of a batch is mostly from the same.
type origin struct {
	listener *receiver.Listener
	peer     netip.Addr
	name     string // "" before the first
}

func (o *origin) set(peer netip.Addr) {
	switch {
	case o.name != "" && o.peer == peer:
	case peer.IsValid():
		o.peer, o.name = peer, peer.String()
	default:
		o.peer, o.name = peer, o.listener.URL()
	}
}
