package replay

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// What a summary keeps at most, whatever it is given.
const (
	maxAddresses = 100_000
	maxValues    = 10_000 // of one detail
	maxValue     = 100    // bytes of one
	maxShapes    = 10_000
	maxBans      = 100_000
)

// clientPort is the detail that tells nothing about many lines: it is another one
// in each.
const clientPort = "port"

// Summary gathers what is worth telling about many lines. It holds a bounded
// amount, and counts what it left out.
type Summary struct {
	lines, hits, cut int
	from, to         time.Time // zero: no line had a time

	entries   []entryCount // by rules.Entry.Number
	addresses tally[netip.Addr, fate]
	details   []detail

	bans     []banned
	bansLost int

	failures  int
	unmatched tally[string, sample]
}

// entryCount is what came of an entry's lines.
type entryCount struct {
	entry                               *rules.Entry
	patterns                            []int // hits of each
	hits, bans, spared, noAddress, late int
}

// detail is a named group's values.
type detail struct {
	name   string
	values tally[string, struct{}]
}

// fate is what came of an address.
type fate struct {
	bans   int
	spared spare.Reason
}

type banned struct {
	line   int
	at     time.Time
	change ledger.Change
}

// sample is the first line of a shape.
type sample struct {
	line int
	text []byte
}

// NewSummary returns an empty summary of lines judged by set.
func NewSummary(set *rules.Set) *Summary {
	s := &Summary{
		addresses: newTally[netip.Addr, fate](maxAddresses),
		unmatched: newTally[string, sample](maxShapes),
	}
	for _, e := range set.Entries() {
		s.entries = append(s.entries, entryCount{entry: e, patterns: make([]int, len(e.Patterns))})
	}
	return s
}

// Add counts a line. It keeps nothing that l lends.
func (s *Summary) Add(l *Line) {
	s.lines++
	if l.Message.Truncated {
		s.cut++
	}
	if !l.Time.IsZero() {
		if s.from.IsZero() || l.Time.Before(s.from) {
			s.from = l.Time
		}
		if l.Time.After(s.to) {
			s.to = l.Time
		}
	}
	switch {
	case l.Hit != nil:
		s.hit(l)
	case len(l.shape) > 0:
		s.miss(l)
	}
}

func (s *Summary) hit(l *Line) {
	n := l.Message.Repeat
	s.hits += n
	e := &s.entries[l.Hit.Entry.Number]
	e.hits += n
	e.patterns[slices.Index(e.entry.Patterns, l.Hit.Pattern)] += n
	reason := spare.Reason("")
	switch l.Outcome.Result {
	case ledger.Spared:
		e.spared += n
		reason = l.Outcome.Reason
	case ledger.NoAddress:
		e.noAddress += n
	case ledger.Late:
		e.late += n
	}
	if l.Outcome.Addr.IsValid() {
		a := s.addresses.add(l.Outcome.Addr, n)
		a.value.spared = cmp.Or(reason, a.value.spared)
		if l.Ban != nil {
			a.value.bans++
		}
	}
	for _, d := range l.Hit.Details {
		if d.Name == clientPort {
			continue
		}
		addBytes(s.values(d.Name), d.Value[:min(len(d.Value), maxValue)], n)
	}
	if l.Ban != nil {
		e.bans++
		s.ban(l)
	}
}

// values is the tally of a detail; there are a few.
func (s *Summary) values(name string) *tally[string, struct{}] {
	for i := range s.details {
		if s.details[i].name == name {
			return &s.details[i].values
		}
	}
	s.details = append(s.details, detail{name, newTally[string, struct{}](maxValues)})
	return &s.details[len(s.details)-1].values
}

func (s *Summary) ban(l *Line) {
	if len(s.bans) == maxBans {
		s.bansLost++
		return
	}
	c := *l.Ban
	c.Line = "" // the line's number is told
	s.bans = append(s.bans, banned{line: l.Number, at: c.Arrived.Wall, change: c})
}

// miss counts a line that no entry took and that looks like a failure.
func (s *Summary) miss(l *Line) {
	n := l.Message.Repeat
	s.failures += n
	i := addBytes(&s.unmatched, l.shape, n)
	if i.value.line == 0 {
		// A part behind is kept, so that the pattern for it does not end where the sample does.
		i.value = sample{line: l.Number, text: append([]byte(nil), l.Message.Line[:min(len(l.Message.Line), maxShape+1)]...)}
	}
}
