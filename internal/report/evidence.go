package report

import (
	"container/list"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"syslog-blacklist/rules"
)

const (
	maxCases   = 4096 // networks with an entry each, whose lines are kept
	maxSources = 10   // addresses told apart
	maxPorts   = 20   // of an address
	maxLine    = 1024 // bytes of a line
)

// Sighting is a line that a rule recognised. Its slices are copied.
type Sighting struct {
	At     time.Time
	Hit    *rules.Hit
	Addr   netip.Addr // the offender
	Repeat int        // how often the line stands for itself
	Host   []byte     // the sender's name of itself
	Line   []byte
	Banned bool // it led to a ban
}

// evidence holds the lines of addresses that may be banned soon. The receivers add to
// it themselves, so that a ban finds the line that it came from; only the first lines
// of a case are copied.
type evidence struct {
	lines int

	mu      sync.Mutex
	cases   map[caseKey]*list.Element // of *suspicion
	stalest *list.List                // the newest first
	evicted uint64
}

type caseKey struct {
	prefix netip.Prefix
	entry  string
}

// suspicion is what one network did against one entry.
type suspicion struct {
	key         caseKey
	shipped     string // the name of the shipped rules, or empty
	first, last time.Time
	count       uint64
	sources     []Source
	more        int // sightings of addresses beyond those
	lines       []rawLine
}

// rawLine is a line as it came.
type rawLine struct {
	at         time.Time
	addr       netip.Addr
	pattern    *rules.Pattern
	text, host string
}

func newEvidence(lines int) *evidence {
	return &evidence{lines: lines, cases: map[caseKey]*list.Element{}, stalest: list.New()}
}

func (e *evidence) evictions() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.evicted
}

// Sight notes a line that counts against its address. It does not wait. Addresses
// that can be forged are passed over: their owners did nothing.
func (r *Reporter) Sight(s *Sighting) {
	if s.Hit.Entry.Spoofable() {
		return
	}
	key := caseKey{r.unit(s.Addr), s.Hit.Entry.Name}
	r.evidence.add(key, s)
	if !s.Banned {
		return
	}
	select {
	case r.bans <- ban{key, s.Addr, s.At}:
	default:
		r.lost.Add(1)
	}
}

// unit is the prefix that is banned for what addr does.
func (r *Reporter) unit(addr netip.Addr) netip.Prefix {
	bits := r.cfg.Prefix4
	if addr.Is6() {
		bits = r.cfg.Prefix6
	}
	return netip.PrefixFrom(addr, bits).Masked()
}

func (e *evidence) add(key caseKey, s *Sighting) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := e.cases[key]
	if at == nil {
		if len(e.cases) >= maxCases {
			old := e.stalest.Back()
			delete(e.cases, e.stalest.Remove(old).(*suspicion).key)
			e.evicted++
		}
		at = e.stalest.PushFront(&suspicion{key: key, shipped: s.Hit.Entry.Shipped(), first: s.At})
		e.cases[key] = at
	}
	e.stalest.MoveToFront(at)
	at.Value.(*suspicion).add(s, e.lines)
}

func (c *suspicion) add(s *Sighting, lines int) {
	n := uint64(max(s.Repeat, 1))
	c.count += n
	if s.At.Before(c.first) { // a relay delivers its backlog
		c.first = s.At
	}
	if s.At.After(c.last) {
		c.last = s.At
	}
	i := slices.IndexFunc(c.sources, func(x Source) bool { return x.Address == s.Addr })
	switch {
	case i >= 0:
	case len(c.sources) < maxSources:
		i = len(c.sources)
		c.sources = append(c.sources, Source{Address: s.Addr, First: s.At})
	default:
		c.more += int(n)
		return
	}
	c.sources[i].seen(s.At, n, port(s.Hit))
	if len(c.lines) < lines {
		text := s.Line[:min(len(s.Line), maxLine)]
		c.lines = append(c.lines, rawLine{s.At, s.Addr, s.Hit.Pattern, string(text), string(s.Host)})
	}
}

// port is the value of the group port, or 0.
func port(h *rules.Hit) uint16 {
	for _, d := range h.Details {
		if d.Name == "port" {
			n, _ := strconv.ParseUint(string(d.Value), 10, 16) // what is no port is 0
			return uint16(n)
		}
	}
	return 0
}

// take hands over what is kept for key, or nil.
func (e *evidence) take(key caseKey) *suspicion {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := e.cases[key]
	if at == nil {
		return nil
	}
	delete(e.cases, key)
	return e.stalest.Remove(at).(*suspicion)
}
