package report

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/mail"
)

// askTime bounds the questions about one address.
const askTime = 15 * time.Second

// collect makes incidents of bans until ctx ends, and then of those that wait.
func (r *Reporter) collect(ctx context.Context) {
	for {
		select {
		case b := <-r.bans:
			r.incident(ctx, b)
		case <-ctx.Done():
			for len(r.bans) > 0 {
				r.incident(ctx, <-r.bans)
			}
			return
		}
	}
}

// incident adds a ban to the incident that it belongs to.
func (r *Reporter) incident(ctx context.Context, b ban) {
	c := r.evidence.take(b.caseKey)
	if c == nil { // a ban before took it along
		return
	}
	day, kind := b.at.Format(time.DateOnly), kindOf(b.entry, c.shipped)
	network, known := b.prefix, lookup.Record{}
	id := r.store.find(day, kind, network)
	if id == "" {
		if !r.store.makeRoom() {
			if r.lost.Add(1) == 1 {
				r.log.Error("there are too many reports that nobody has sent: no more are kept", "max", maxIncidents)
			}
			return
		}
		known = r.learn(ctx, b.addr)
		network = networkOf(&known, b.prefix)
		id = r.store.find(day, kind, network)
	}
	if id != "" {
		r.store.update(id, func(i *Incident) { r.fold(i, c, b.addr, known.Name) })
		return
	}
	i := &Incident{
		UUID: newUUID(), Day: day, Network: network, Kind: kind, Created: b.at, State: Open, SentBy: map[Way]time.Time{},
	}
	i.answered(&known)
	r.fold(i, c, b.addr, known.Name)
	r.store.add(i)
	r.log.Info(fmt.Sprintf("report %s begins: %s", i.ID, i.title()))
}

// networkOf is the network that is answered for as one: the registry's, or the one
// that a database has announced, or what was banned. The largest there are belong to
// the registries themselves: they would hide one network's attack behind another's.
func networkOf(known *lookup.Record, banned netip.Prefix) netip.Prefix {
	widest := 8
	if banned.Addr().Is6() {
		widest = 16
	}
	switch contact, announced := known.Contact.Network, known.Network; {
	case contact.IsValid() && contact.Bits() >= widest:
		return contact
	case known.ASN != 0 && announced.IsValid() && announced.Bits() >= widest:
		return announced
	}
	return banned
}

// fold adds evidence to an incident; name is addr's.
func (r *Reporter) fold(i *Incident, c *suspicion, addr netip.Addr, name string) {
	i.fold(c, r.cfg.Lines, r.tell)
	if s := i.source(addr); s != nil && name != "" {
		s.Name = mail.Printable(name)
	}
}

// learn asks who an address belongs to.
func (r *Reporter) learn(ctx context.Context, addr netip.Addr) lookup.Record {
	if r.ask == nil {
		return lookup.Record{}
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	known, _ := r.ask(ctx, addr) // what is missing may be had later
	return known
}

// catchUp adds what the incident's addresses did since they were banned, lines that
// were on their way, and asks for its desk again where nobody has answered.
func (r *Reporter) catchUp(ctx context.Context, id string) {
	i := r.store.get(id)
	if i == nil {
		return
	}
	if len(i.Desk) == 0 {
		known := r.learn(ctx, i.Sources[0].Address)
		r.store.update(id, func(i *Incident) { i.answered(&known) })
	}
	for _, s := range i.Sources {
		for _, entry := range i.Entries {
			if c := r.evidence.take(caseKey{s.Unit, entry}); c != nil {
				r.store.update(id, func(i *Incident) { r.fold(i, c, netip.Addr{}, "") })
			}
		}
	}
}
