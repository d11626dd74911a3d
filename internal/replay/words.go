package replay

import (
	"fmt"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/rules"
)

// outcomeText says what came of a line that an entry took.
func outcomeText(l *Line) string {
	switch l.Outcome.Result {
	case ledger.Counted:
		return "counted; no ban is due yet"
	case ledger.Banned:
		return banText(l.Ban)
	case ledger.AlreadyBanned:
		return "nothing new: the address is banned already"
	case ledger.Accepted:
		return "the address goes to the whitelist, and what was counted against it is forgotten"
	case ledger.Spared:
		return "no ban: the address is spared (" + string(l.Outcome.Reason) + ")"
	case ledger.Ignored:
		return "the line is ignored"
	case ledger.Remembered:
		return "the session's later lines belong to this address"
	case ledger.Forgotten:
		return "the session is over"
	case ledger.NoAddress:
		return "no ban: neither this line nor an earlier one of its session tells the address"
	case ledger.Late:
		return "no ban: the line is older than the time in which it counts"
	case ledger.Refused:
		return "not accepted: the address stands in the blackout list"
	}
	// Nobody is excused, and nothing trips: there is no operator and no breaker.
	panic(fmt.Sprintf("replay: outcome %d", l.Outcome.Result))
}

func banText(c *ledger.Change) string {
	s := fmt.Sprintf("%s would be banned for %s", plain(c.Prefix), rules.FormatDuration(c.For))
	if !c.Until.IsZero() {
		s += ", until " + c.Until.Format(time.RFC3339)
	}
	if c.Nth > 1 {
		s += fmt.Sprintf("; it is ban number %d", c.Nth)
	}
	return s
}
