package daemon

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/rules"
)

// announceRate is how many bans a second are told one by one. Under an attack
// from everywhere the log must not become the next victim.
const announceRate = 100

// announcer says which bans began and ended. It serves one goroutine.
type announcer struct {
	log    *slog.Logger
	second int64
	told   int
	more   map[[2]string]int // by verb and entry: begun this second and not told
}

// began tells a ban or an acceptance that the kernel has acknowledged, or what verb says of it.
func (a *announcer) began(now time.Time, verb string, c *ledger.Change) {
	a.tick(now)
	if a.told >= announceRate {
		a.more[[2]string{verb, c.Entry}]++
		return
	}
	a.told++
	attrs := []any{"duration", spell(c.For)}
	if !c.Until.IsZero() {
		attrs = append(attrs, "until", c.Until.Format(time.RFC3339))
	}
	if c.Nth > 0 { // an acceptance has none
		attrs = append(attrs, "nth", c.Nth)
	}
	attrs = append(attrs, "sender", c.Sender)
	if c.Line != "" {
		attrs = append(attrs, "line", c.Line)
	}
	a.log.Info(fmt.Sprintf("%s %s for %s", verb, address(c.Prefix), c.Entry), attrs...)
}

// tick ends the second and sums up what it left untold.
func (a *announcer) tick(now time.Time) {
	if now.Unix() == a.second {
		return
	}
	for k, n := range a.more {
		a.log.Info(fmt.Sprintf("%s %d more addresses for %s", k[0], n, k[1]))
	}
	a.second, a.told, a.more = now.Unix(), 0, map[[2]string]int{}
}

// ended tells a ban or an acceptance that is over.
func (a *announcer) ended(e ledger.Ended) {
	attrs := []any{}
	if e.By != "" {
		attrs = append(attrs, "by", e.By)
	}
	a.log.Info(fmt.Sprintf("%s of %s ended for %s", list(e.Set), address(e.Prefix), e.Entry), attrs...)
}

// allEnded tells those that are over, and sums up what is too much to tell.
func (a *announcer) allEnded(ended []ledger.Ended) {
	more := map[[2]string]int{} // by list and entry
	for i, e := range ended {
		if i < announceRate {
			a.ended(e)
		} else {
			more[[2]string{list(e.Set), e.Entry}]++
		}
	}
	for k, n := range more {
		a.log.Info(fmt.Sprintf("%s of %d more addresses ended for %s", k[0], n, k[1]))
	}
}

// verb says that an element of the set began.
func verb(set ledger.Set) string {
	if set == ledger.Whitelist {
		return "whitelisting"
	}
	return "blacklisting"
}

func list(set ledger.Set) string {
	if set == ledger.Whitelist {
		return "whitelist"
	}
	return "blacklist"
}

// spell writes a duration as the rules file does.
func spell(d time.Duration) string {
	if d == rules.Forever {
		return "forever"
	}
	return rules.FormatDuration(d)
}

// address writes a single address without its prefix length, as people do.
func address(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
