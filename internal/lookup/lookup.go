// Package lookup tells who an address belongs to: its reverse name, its country
// and network as databases on disk have it, and the mailbox for abuse that its
// registry publishes by RDAP.
//
// Everything is off unless it is configured, since asking tells resolvers and
// registries who attacks this host. Nothing here is waited for by a ban: questions
// queue up behind a few workers, and what does not fit is dropped and counted.
// What the far end says is the attacker's text or that of a stranger. It is bounded
// and cleaned at the door: no control character, no escape, no mail header and no
// address that is more than one comes out of here.
//
// It refuses to speak whois, to ask any server that is neither the system's
// resolver nor named in the bootstrap files, and to download anything.
package lookup

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
)

// Config chooses what is looked up. The zero Config looks nothing up.
type Config struct {
	// Names asks the system's resolver for reverse names.
	Names bool
	// Databases are paths of MMDB files. What an earlier one knows, a later one
	// does not change.
	Databases []string
	// RDAP is the directory that holds ipv4.json and ipv6.json, the registries'
	// servers as IANA lists them (RFC 9224). Empty asks no registry.
	RDAP string
}

// Record is what is known of an address. A zero field is unknown.
type Record struct {
	// Name is the reverse name, without the final dot. Who runs the reverse zone
	// writes there what he likes: unless Confirmed, it is only claimed.
	Name string
	// Confirmed tells that Name leads back to the address.
	Confirmed bool
	// Country is a code of ISO 3166, two capital letters.
	Country string
	// Network is the prefix that ASN and Holder were found for.
	Network netip.Prefix
	ASN     uint32
	// Holder is the name of who announces the network: clean text of one line.
	Holder string
	// Contact is what the registry told, if it has been asked; Fault why it is not
	// known: clean text of one line.
	Contact Contact
	Fault   string
}

// Contact is whom a registry names for a network.
type Contact struct {
	// Network is the registered one, or the part of it around the address that is
	// one prefix. It is valid whenever a registry has answered.
	Network netip.Prefix
	// Holder is whom it is registered to: clean text of one line, or empty.
	Holder string
	// Mail are the mailboxes for abuse, bare addresses (user@host, ASCII) that are
	// safe in a mail header. Empty: the registry names none. They are not to be changed.
	Mail []string
}

// Lookup answers from the databases and from what it has asked before. Its methods
// are safe for concurrent use.
type Lookup struct {
	names     *asker[name]    // nil: off
	contacts  *asker[finding] // nil: off
	databases *databases
}

// New prepares what cfg chooses. What can't be read is said in the log and in
// Stats, and is tried again: no reason not to guard.
func New(cfg Config, log *slog.Logger) *Lookup {
	l := &Lookup{databases: newDatabases(cfg.Databases, log)}
	if cfg.Names {
		l.names = newAsker(newResolver().ask)
	}
	if cfg.RDAP != "" {
		r := newRegistry(cfg.RDAP)
		if err := r.servers.read(); err != nil {
			log.Warn("not every registry can be asked for abuse contacts", "err", err)
		}
		l.contacts = newAsker(r.ask)
	}
	return l
}

// Run reads the databases, follows them, and asks what is wanted, until ctx ends.
func (l *Lookup) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	if l.names != nil {
		wg.Go(func() { l.names.run(ctx) })
	}
	if l.contacts != nil {
		wg.Go(func() { l.contacts.run(ctx) })
	}
	l.databases.run(ctx)
	wg.Wait()
	return nil
}

// Known returns what is known of addr now. It asks and waits for nothing.
func (l *Lookup) Known(addr netip.Addr) Record {
	addr = addr.Unmap().WithZone("")
	r := l.databases.find(addr)
	if n, ok := l.names.get(addr); ok {
		r.Name, r.Confirmed = n.text, n.confirmed
	}
	if f, ok := l.contacts.get(addr); ok {
		if r.Contact = f.contact; f.err != nil {
			r.Fault = f.err.Error()
		}
	}
	return r
}

// Want has the name of addr asked for in the background, for Known to tell later.
// It never waits.
func (l *Lookup) Want(addr netip.Addr) {
	l.names.want(addr.Unmap().WithZone(""))
}

// Ask returns what can be learnt of addr until ctx ends, and whether that is all:
// what comes later is kept for the next call. A registry is asked unless it has
// answered within a day for the network, or for the /24 or /48 of it, if it is
// wider; a failure is believed for ten minutes. Run must be running.
func (l *Lookup) Ask(ctx context.Context, addr netip.Addr) (r Record, all bool) {
	addr = addr.Unmap().WithZone("")
	named, contacted := l.names.want(addr), l.contacts.want(addr)
	all = wait(ctx, named) && wait(ctx, contacted)
	return l.Known(addr), all
}

// wait tells whether an answer came before the end of ctx. None comes to a question
// that was dropped.
func wait(ctx context.Context, answered <-chan struct{}) bool {
	if answered == nil {
		return false
	}
	select {
	case <-answered:
		return true
	case <-ctx.Done():
		return false
	}
}
