package main

import (
	"fmt"
	"net/netip"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/internal/syslog"
	"syslog-blacklist/rules"
)

type result int

const (
	right     result = iota
	missed           // an attack that no rule recognises
	wrong            // the address is not the attacker's
	falseHit         // a quiet line is taken for an attack
	notJudged        // the case names no address
)

// A finding is what the rules made of a case.
type finding struct {
	result result
	addr   netip.Addr // of the first hit
	entry  string     // and its entry
}

func (f finding) String() string {
	what := [...]string{"right", "missed", "wrong address", "false hit", "not judged"}[f.result]
	if f.entry == "" {
		return what
	}
	return fmt.Sprintf("%s (%s, %s)", what, f.addr, f.entry)
}

// A judge holds both choices of rules.
type judge struct {
	all, aggressive *rules.Matcher
	sessions
}

func newJudge() (*judge, error) {
	all, err := matcher("use all\n")
	if err != nil {
		return nil, err
	}
	aggressive, err := matcher("use all-aggressive\n")
	if err != nil {
		return nil, err
	}
	return &judge{all, aggressive, newSessions()}, nil
}

func matcher(text string) (*rules.Matcher, error) {
	set, faults := rules.Parse("score", []byte(text))
	if set == nil {
		return nil, fmt.Errorf("load rules: %v", faults)
	}
	return set.Matcher(), nil
}

func (j *judge) judge(c testCase) finding {
	if c.Kind != "single" && c.Kind != "session" {
		return finding{result: notJudged}
	}
	m := j.all
	if c.strict() {
		m = j.aggressive
	}
	var f finding
	var hits int
	packets := c.packets()
	for i, p := range packets {
		addr, entry := j.hit(m, p, c.ID)
		// What came before has verdicts of its own; it counts for an attack that
		// was recognised early, and not against a line that is quiet.
		if entry == "" || !c.Match && i < len(packets)-1 {
			continue
		}
		if hits++; hits == 1 || addr != c.IP {
			f.addr, f.entry = addr, entry
		}
	}
	switch {
	case !c.Match && hits > 0:
		f.result = falseHit
	case c.Match && hits == 0:
		f.result = missed
	case c.Match && f.addr != c.IP:
		f.result = wrong
	}
	return f
}

// Sessions are the ledger's; it counts what it is told, and nobody asks it about bans.
type sessions struct{ ledger *ledger.Ledger }

func newSessions() sessions { return sessions{ledger.New(ledger.Config{}, &spare.List{})} }

// hit returns the offender that the packet leads to, and the entry that says so.
// The case's name keeps its session apart from others.
func (s sessions) hit(m *rules.Matcher, packet, name string) (netip.Addr, string) {
	var msg syslog.Message
	syslog.Parse(&msg, []byte(packet))
	var h rules.Hit
	if !m.Match(msg.Line, false, &h) {
		return netip.Addr{}, ""
	}
	o := s.ledger.Hit(ledger.Time{Boot: time.Second}, &ledger.Report{
		Hit: &h, Sender: name, Host: msg.Host, Tag: msg.Tag, PID: msg.PID, Line: msg.Line,
	})
	if h.Entry.Verdicts[0].Kind != rules.Block || o.Result == ledger.NoAddress {
		return netip.Addr{}, ""
	}
	return o.Addr, h.Entry.Name
}

// canonical returns the line that rules see of a packet.
func canonical(packet string) []byte {
	var msg syslog.Message
	syslog.Parse(&msg, []byte(packet))
	return msg.Line
}
