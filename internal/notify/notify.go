// Package notify tells people and programs what happened: by webhook, by mail, by
// a command. Each target is told at most once an interval, with a digest: counts,
// and the first few in full.
//
// Who reports never waits: a report is added to the target's digest, whose size
// is bounded however much happens, and a goroutine of the target's own delivers
// it. It runs no shell, follows no redirect, sends no password unencrypted, and
// puts nothing that an attacker wrote into a mail's header or a chat's text.
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Ban is an address that is kept out from now on. Line is an attacker's.
type Ban struct {
	Address string    `json:"address"` // or a prefix
	Entry   string    `json:"entry"`
	For     string    `json:"for"`            // as the rules file writes it
	Until   time.Time `json:"until,omitzero"` // zero: for ever
	Nth     int       `json:"nth"`            // counts the address's bans, from 1
	Sender  string    `json:"sender"`         // who sent the line
	Line    string    `json:"line,omitempty"` // cut
}

// Notifier hands what is reported to its targets.
type Notifier struct {
	deliveries []*delivery
}

// New returns a notifier for targets that [Target.Check] found no fault in. What
// cannot be delivered is logged to log, which must not report back.
func New(targets []Target, log *slog.Logger) (*Notifier, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("ask for the host's name: %w", err)
	}
	n := &Notifier{}
	for _, t := range targets {
		n.deliveries = append(n.deliveries, newDelivery(t, host, log))
	}
	return n, nil
}

// Ban reports a ban. It does not wait.
func (n *Notifier) Ban(b Ban) {
	for _, d := range n.deliveries {
		if d.target.Bans {
			d.add(func(g *gathering) { g.ban(b) })
		}
	}
}

// Trouble reports something that an operator should look after. It does not wait.
func (n *Notifier) Trouble(message string) {
	for _, d := range n.deliveries {
		if d.target.Troubles {
			d.add(func(g *gathering) { g.trouble(message) })
		}
	}
}

// Run delivers until ctx ends, and then once more, for some seconds at most, what
// is left.
func (n *Notifier) Run(ctx context.Context) error {
	var g sync.WaitGroup
	for _, d := range n.deliveries {
		g.Go(func() { d.run(ctx) })
	}
	g.Wait()
	return nil
}

// Stats counts what became of one target's messages.
type Stats struct {
	Target string
	// Sent are messages delivered, Failed attempts that were not; Dropped are the
	// bans and troubles of messages that were given up.
	Sent, Failed, Dropped uint64
}

// Stats returns the counters of all targets.
func (n *Notifier) Stats() []Stats {
	var all []Stats
	for _, d := range n.deliveries {
		all = append(all, Stats{d.target.Name, d.sent.Load(), d.failed.Load(), d.dropped.Load()})
	}
	return all
}
