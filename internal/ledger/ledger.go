package ledger

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// Config holds the ledger's limits. It does not change while the ledger lives.
type Config struct {
	// Prefix4 and Prefix6 are how many bits of an address are counted and banned
	// together; 0 is 32 and 64.
	Prefix4, Prefix6 int
	// History is how long a ban that ended counts for doubling; 0 is 30 days.
	History time.Duration
	// Tracked is how many counters are kept at once, one for each address and
	// counting verdict that it met; the stalest address goes first. It bounds the
	// sessions as well. 0 is a million.
	Tracked int
	// BansPerSecond and Burst are the breaker: a token bucket for each sender and
	// entry. BansPerSecond 0 is no breaker; Burst is at least 1.
	BansPerSecond, Burst int
	// Capacity is the size of a kernel set: another host may hold at most half of
	// it. 0 is no limit.
	Capacity int
}

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
	c.Burst = max(c.Burst, 1)
	return c
}

// maxPast is how many past bans are remembered in all.
const maxPast = 1_000_000

// Ledger is who has offended, who is banned and who is accepted. All methods may
// be called concurrently. Unexported methods need mu held.
type Ledger struct {
	cfg    Config
	spared *spare.List
	wake   chan struct{}
	untold atomic.Bool // something became pending since the last Tell

	mu          sync.Mutex // guards what follows
	recidive    *rules.Verdict
	blackout    blackout
	strikes     strikes
	sessions    sessions
	breaker     breaker
	history     history
	senders     map[string]*sender
	sets        [2]holds
	pending     pending
	comparisons uint32  // how many were begun
	ended       []Ended // for the next Expire
	dirty       []key   // what the disk does not know, now and then twice
	flush       uint32  // for which flush dirty is
	kept        bool    // by a disk
	counts      counts
}

// New returns an empty ledger that never bans whom spared names. The caller may
// replace spared's content at any time and then calls [Ledger.LiftSpared].
func New(cfg Config, spared *spare.List) *Ledger {
	cfg = cfg.withDefaults()
	return &Ledger{
		cfg:      cfg,
		spared:   spared,
		wake:     make(chan struct{}, 1),
		strikes:  newStrikes(cfg.Tracked),
		sessions: newSessions(cfg.Tracked),
		breaker:  newBreaker(cfg.BansPerSecond, cfg.Burst),
		history:  newHistory(maxPast),
		senders:  map[string]*sender{},
		sets:     [2]holds{newHolds(), newHolds()},
	}
}

// SetRules sets what the rules file says beside its entries: the verdict on
// repeated bans (nil when there is none), and the prefixes that are never
// accepted because they stand in the blackout list. Counters, sessions and bans
// belong to entry names and go on; [Ledger.LiftSpared] lifts what the new rules
// don't allow.
func (l *Ledger) SetRules(recidive *rules.Verdict, always []netip.Prefix) {
	blackout := newBlackout(always) // a million of them take a while
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recidive, l.blackout = recidive, blackout
}

// unit is what the address is counted and banned as: its prefix, or itself where the
// prefix holds somebody who is spared.
func (l *Ledger) unit(addr key) key {
	bits := l.cfg.Prefix6
	if addr.is4() {
		bits = 96 + l.cfg.Prefix4
	}
	k := addr.cut(bits)
	if k != addr && l.spared.Overlaps(k.prefix()) {
		return addr
	}
	return k
}

// hold makes k an element of the set until then at least, and tells whether that
// changed anything: what lasts longer stays as it is.
func (l *Ledger) hold(now Time, set Set, k key, length, until time.Duration) (*hold, bool) {
	h := &l.sets[set]
	o := l.settle(now, set, k)
	if o != nil && o.until >= until {
		return o, false
	}
	if o == nil {
		o = h.add(k)
		if set == Blacklist {
			o.nth = 1 + uint32(l.history.count(k, tickOf(now.Boot), l.cfg.History))
		}
	}
	o.begun, o.length = now.Boot, length
	h.end(o, until)
	l.touched(o)
	return o, true
}

// blame writes into o by whose word it stands.
func (l *Ledger) blame(set Set, o *hold, origin Origin, entry, by, line string) {
	l.acquit(set, o)
	s := l.senders[by]
	if s == nil {
		s = &sender{name: by}
		l.senders[by] = s
	}
	s.held[set]++
	o.origin, o.entry, o.line, o.sender = origin.letter(), entry, line, s
}

func (l *Ledger) acquit(set Set, o *hold) {
	if o.sender == nil {
		return
	}
	o.sender.held[set]--
	if o.sender.held == [2]int{} {
		delete(l.senders, o.sender.name)
	}
	o.sender = nil
}

// settle returns k's hold that is in force, or nil. It ends one whose time is up and
// nobody has noticed yet.
func (l *Ledger) settle(now Time, set Set, k key) *hold {
	o := l.sets[set].get(k)
	if o != nil && !o.active(now) {
		l.ended = append(l.ended, l.release(now, set, o, ""))
		return nil
	}
	return o
}

// release takes o out of the set. A ban goes to the history.
func (l *Ledger) release(now Time, set Set, o *hold, by string) Ended {
	e := Ended{Ban: l.view(now, set, o), By: by}
	if set == Blacklist {
		l.history.add(o.key, past{
			begun: tickOf(o.begun), ended: tickOf(min(o.until, now.Boot)), offences: o.offences, entry: o.entry})
	}
	l.acquit(set, o)
	l.touched(o)
	l.sets[set].remove(o)
	return e
}

// view is o as others may see it.
func (l *Ledger) view(now Time, set Set, o *hold) Ban {
	b := Ban{
		Set: set, Prefix: o.key.prefix(), Entry: o.entry, Origin: originOf(o.origin), Begun: o.begun,
		Since: now.wallAt(o.begun), Remaining: o.remaining(now), For: o.length,
		Nth: int(o.nth), Offences: o.offences, Line: o.line,
	}
	if o.until != never {
		b.Until = now.wallAt(o.until)
	}
	if o.sender != nil {
		b.Sender = o.sender.name
	}
	return b
}

// touched notes that what the disk knows of o is out of date.
func (l *Ledger) touched(o *hold) {
	if o.flush != l.flush {
		o.flush = l.flush
		l.unsaved(o.key)
	}
}

// unsaved notes that what the disk knows of k is out of date.
func (l *Ledger) unsaved(k key) {
	if l.kept {
		l.dirty = append(l.dirty, k)
	}
}
