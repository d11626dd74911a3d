package ledger

import (
	"net/netip"
	"sync"
	"time"

	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// Time is a moment on both clocks.
type Time struct {
	// Boot is CLOCK_BOOTTIME: all deadlines run on it.
	Boot time.Duration
	// Wall is the time of day: for people and for the disk.
	Wall time.Time
}

// Config holds the ledger's limits. It does not change while the ledger lives.
type Config struct {
	// Prefix4 and Prefix6 are how many bits of an address are counted and banned
	// together: 32 and 64 by default.
	Prefix4, Prefix6 int
	// History is how long a ban that ended counts for doubling.
	History time.Duration
	// Tracked is how many counters are kept at once, one for each address and
	// verdict that counts; the stalest address goes first. It bounds the
	// sessions as well.
	Tracked int
	// BansPerSecond and Burst are the breaker: a token bucket for each sender and
	// entry. BansPerSecond 0 is no breaker.
	BansPerSecond, Burst int
	// Capacity is the size of a kernel set: one sender may hold at most half of
	// it. 0 is no limit.
	Capacity int
}

// withDefaults fills in what is zero and has no meaning as zero.
func (c Config) withDefaults() Config {
	if c.Prefix4 == 0 {
		c.Prefix4 = 32
	}
	if c.Prefix6 == 0 {
		c.Prefix6 = 64
	}
	if c.History == 0 {
		c.History = 30 * 24 * time.Hour
	}
	if c.Tracked == 0 {
		c.Tracked = 1_000_000
	}
	if c.Burst == 0 {
		c.Burst = c.BansPerSecond
	}
	return c
}

// Ledger is who has offended, who is banned and who is accepted. All methods may
// be called concurrently.
type Ledger struct {
	cfg    Config
	spared *spare.List
	wake   chan struct{}

	mu       sync.Mutex // guards all below
	recidive *rules.Verdict
	always   []netip.Prefix
	sets     [2]map[netip.Prefix]*Ban
	pending  map[place]pendingChange
	order    []place
	ended    []Ended
	strikes  map[strikeKey][]time.Duration
	sessions map[string]netip.Addr
	stats    Stats
}

type strikeKey struct {
	prefix  netip.Prefix
	entry   string
	verdict int
}

type place struct {
	set    Set
	prefix netip.Prefix
}

type pendingChange struct {
	announce bool
	arrived  Time
}

// New returns an empty ledger that never bans whom spared names. The caller may
// replace spared's content at any time and then calls [Ledger.LiftSpared].
func New(cfg Config, spared *spare.List) *Ledger {
	return &Ledger{
		cfg:      cfg.withDefaults(),
		spared:   spared,
		wake:     make(chan struct{}, 1),
		sets:     [2]map[netip.Prefix]*Ban{{}, {}},
		pending:  map[place]pendingChange{},
		strikes:  map[strikeKey][]time.Duration{},
		sessions: map[string]netip.Addr{},
	}
}

// SetRules sets what the rules file says beside its entries: the verdict on
// repeated bans (nil when there is none), and the prefixes that are never
// accepted because they stand in the blackout list. Counters, sessions and bans
// belong to entry names and go on; nothing is lifted.
func (l *Ledger) SetRules(recidive *rules.Verdict, always []netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recidive, l.always = recidive, always
}

// Stats are the ledger's counts. Counters only grow.
type Stats struct {
	BansActive       int    // bans in force, and those whose end was not yet noticed
	AcceptsActive    int    // the same of acceptances
	StrikesTracked   int    // counters kept now
	StrikesEvicted   uint64 // counters given up because Tracked was reached
	SessionsTracked  int
	SessionsEvicted  uint64
	HitsWhileBanned  uint64
	LateHits         uint64 // counted at their own time, or not at all for their age
	BreakerTrips     uint64 // bans that were due and that the breaker or a sender's share withheld
	HistoryTracked   int    // past bans remembered
	HistoryForgotten uint64 // past bans given up because the history was full
	Pending          int    // changes waiting for Drain
}

// Stats returns the counts of this moment.
func (l *Ledger) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.BansActive, s.AcceptsActive = len(l.sets[Blacklist]), len(l.sets[Whitelist])
	s.StrikesTracked, s.SessionsTracked, s.Pending = len(l.strikes), len(l.sessions), len(l.order)
	return s
}
