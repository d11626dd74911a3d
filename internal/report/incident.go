package report

import (
	"net/netip"
	"slices"
	"time"

	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/mail"
)

// State is how far an incident has come.
type State string

const (
	Open     State = "open"     // it is being collected
	Reviewed State = "review"   // it was mailed to the administrator
	Sent     State = "sent"     // by every way that could be taken
	GivenUp  State = "given up" // the mails failed for too long
)

// Incident is what came from one network, of one kind, on one day. What it holds is
// clean and may be told, but not every way tells all of it.
type Incident struct {
	ID string `json:"id"`
	// UUID makes its mail one of a kind. Nobody can guess it.
	UUID    string       `json:"uuid"`
	Day     string       `json:"day"` // here, YYYY-MM-DD
	Network netip.Prefix `json:"network"`
	Kind    Kind         `json:"kind"`
	Entries []string     `json:"entries"` // names of entries; they are told nobody
	// Holder and Desk are the network's, as the registry tells.
	Holder string   `json:"holder"`
	Desk   []string `json:"desk"`

	Created time.Time `json:"created"` // the first ban
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Count   uint64    `json:"count"`
	Sources []Source  `json:"sources"`
	More    int       `json:"more"` // hits of addresses beyond Sources
	Lines   []Line    `json:"lines"`

	State   State     `json:"state"`
	Drafted time.Time `json:"drafted,omitzero"` // mailed for review
	// SentBy is when it went out by each way.
	SentBy map[Way]time.Time `json:"sent"`
	Tries  int               `json:"tries"` // failures one after another
	Next   time.Time         `json:"next,omitzero"`
	Fault  string            `json:"fault,omitempty"` // the last failure
}

// Source is an address, and what it did.
type Source struct {
	UUID    string       `json:"uuid"` // of its XARF report
	Address netip.Addr   `json:"address"`
	Unit    netip.Prefix `json:"unit"` // what was banned
	Name    string       `json:"name"` // the reverse name, which its owner chose
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
	Count   uint64       `json:"count"`
	Ports   []uint16     `json:"ports"`            // the first ones; it may have used more
	Posted  bool         `json:"posted,omitempty"` // to AbuseIPDB
}

// Line is a line as it may be told.
type Line struct {
	At      time.Time  `json:"at"`
	Address netip.Addr `json:"address"`
	Text    string     `json:"text"`
}

func (s *Source) seen(at time.Time, n uint64, port uint16) {
	if at.Before(s.First) {
		s.First = at
	}
	if at.After(s.Last) {
		s.Last = at
	}
	s.Count += n
	if port != 0 && len(s.Ports) < maxPorts && !slices.Contains(s.Ports, port) {
		s.Ports = append(s.Ports, port)
	}
}

// fold adds what an address did. tell makes a line one that may be told; lines is
// how many are kept.
func (i *Incident) fold(c *suspicion, lines int, tell func(*suspicion, *rawLine) string) {
	if i.First.IsZero() || c.first.Before(i.First) {
		i.First = c.first
	}
	if c.last.After(i.Last) {
		i.Last = c.last
	}
	i.Count += c.count
	i.More += c.more
	if !slices.Contains(i.Entries, c.key.entry) {
		i.Entries = append(i.Entries, c.key.entry)
	}
	for _, s := range c.sources {
		i.addSource(s, c.key.prefix)
	}
	for n := range c.lines {
		if l := &c.lines[n]; len(i.Lines) < lines {
			i.Lines = append(i.Lines, Line{l.at, l.addr, tell(c, l)})
		}
	}
}

// source returns what is known of an address, or nil.
func (i *Incident) source(a netip.Addr) *Source {
	n := slices.IndexFunc(i.Sources, func(x Source) bool { return x.Address == a })
	if n < 0 {
		return nil
	}
	return &i.Sources[n]
}

func (i *Incident) addSource(s Source, unit netip.Prefix) {
	x := i.source(s.Address)
	if x == nil {
		if len(i.Sources) == maxSources {
			i.More += int(s.Count)
			return
		}
		s.UUID, s.Unit = newUUID(), unit
		i.Sources = append(i.Sources, s)
		return
	}
	x.Count += s.Count
	if s.First.Before(x.First) {
		x.First = s.First
	}
	if s.Last.After(x.Last) {
		x.Last = s.Last
	}
	for _, p := range s.Ports {
		if len(x.Ports) < maxPorts && !slices.Contains(x.Ports, p) {
			x.Ports = append(x.Ports, p)
		}
	}
}

// answered notes whom the registry names.
func (i *Incident) answered(known *lookup.Record) {
	i.Holder, i.Desk = mail.Printable(known.Contact.Holder), known.Contact.Mail
}

// done tells that nothing more will happen to it by itself.
func (i *Incident) done() bool { return i.State == Sent || i.State == GivenUp }

// clone returns a copy that shares nothing that changes.
func (i *Incident) clone() *Incident {
	c := *i
	c.Entries, c.Desk, c.Sources, c.Lines = slices.Clone(i.Entries), slices.Clone(i.Desk), slices.Clone(i.Sources), slices.Clone(i.Lines)
	c.SentBy = map[Way]time.Time{}
	for w, t := range i.SentBy {
		c.SentBy[w] = t
	}
	for n := range c.Sources {
		c.Sources[n].Ports = slices.Clone(c.Sources[n].Ports)
	}
	return &c
}
