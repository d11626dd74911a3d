package ledger

import (
	"net/netip"
	"time"

	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// Report is a line that a rule recognised, and where it came from. [Ledger.Hit]
// copies what it keeps: the slices may point into a receive buffer.
type Report struct {
	Hit *rules.Hit
	// Sender is who sent the line; it is shown with the ban and is the breaker's key.
	Sender string
	// Local tells that this host's own syslog sent it: on most hosts it is the only
	// sender, and may fill a set.
	Local bool
	// Host, Tag and PID tell sessions apart, together with Sender.
	Host, Tag, PID []byte
	// Line is the canonical line; at most its first [MaxLine] bytes are kept with a ban.
	Line []byte
	// Repeat is how often the line stands for itself ("message repeated N
	// times"); below 1 it is 1.
	Repeat int
	// At is the line's own time when it carries one that a time zone makes
	// certain, or zero. The line counts at At when that is more than [LateAfter]
	// ago, and otherwise now.
	At time.Time
}

// MaxLine is how many bytes of the line that tipped a ban are kept with it.
const MaxLine = 256

// LateAfter is how old a line's own time must be to be believed: a relay delivers
// its backlog. A younger time is no evidence against the moment of arrival.
const LateAfter = 5 * time.Minute

// age is how long before now the report counts.
func (r *Report) age(now Time) time.Duration {
	if r.At.IsZero() {
		return 0
	}
	if age := now.Wall.Sub(r.At); age > LateAfter {
		return age
	}
	return 0
}

func (r *Report) line() string { return string(r.Line[:min(len(r.Line), MaxLine)]) }

// detail returns the value of the named group.
func (r *Report) detail(name string) ([]byte, bool) {
	for _, d := range r.Hit.Details {
		if d.Name == name {
			return d.Value, true
		}
	}
	return nil, false
}

// Result is what a report came to.
type Result uint8

const (
	Counted       Result = iota // a strike, or several verdicts' strikes; no ban is due yet
	Banned                      // a new ban, or a longer one than the address had
	AlreadyBanned               // tallied with the ban that is in force
	Accepted                    // the address is in the whitelist for the verdict's time
	Excused                     // an operator accepted the address: its offences are tallied, no more
	Spared                      // the address is never banned; Outcome.Reason says why
	Ignored                     // the entry says to ignore the line
	Remembered                  // the session knows its address now
	Forgotten                   // the session is over
	NoAddress                   // no address in the line and no session that knows one, or nothing to know a session by
	Late                        // older than what its entry counts
	Tripped                     // a ban was due and the breaker withheld it; the strikes stay
	Refused                     // an accept for an address of the blackout list
)

// Outcome is what [Ledger.Hit] did.
type Outcome struct {
	Result Result
	Reason spare.Reason // with Spared
	// Addr is the offender: the line's address, or the session's. Not valid when
	// none is known.
	Addr netip.Addr
}
