package replay

import (
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/syslog"
)

const (
	// maxBoot is as far as the ledger's clock goes; what is later happens then.
	maxBoot = 10 * 365 * 24 * time.Hour
	// ahead is how far a line may be ahead of us: zones are confused by less.
	ahead = 24 * time.Hour
	// mostOfHalfYear puts the twelve months in which a stamp without a year may
	// be behind us, but for a day: syslog.Message.Time takes the nearest year.
	mostOfHalfYear = 181 * 24 * time.Hour
	// surely is how near a time must be for no other year's to be nearer, in seconds.
	surely = 180 * 24 * 3600
	// year is that of 1970, in seconds.
	year = 365 * 24 * 3600
)

// firstNear is the time near which a replay that begins at start reads a stamp
// when no line has told one.
func firstNear(start time.Time) time.Time { return start.Add(-mostOfHalfYear) }

// says returns the time in a stamp, in near's zone, in the year that brings it
// nearest to near where it has none. It is zero when the stamp is no time, or from
// a device that does not know the time and counts from 1970.
func says(stamp []byte, near time.Time) time.Time {
	m := syslog.Message{Stamp: stamp}
	t := m.Time(near)
	if isEpoch(stamp) {
		t = epoch(stamp)
	}
	if t.IsZero() || t.Unix() < year {
		return time.Time{}
	}
	return t.In(near.Location())
}

// clock is the ledger's time as the lines tell it. It goes forward with them. A
// line that is older than one before it does not turn it back: the ledger knows
// how to count late lines. But the next file may begin earlier.
type clock struct {
	latest time.Time // what is still believed
	now    ledger.Time
	known  bool      // this file had a line with a time
	sent   time.Time // the last line's own time, zero when it has none that can be believed
}

func newClock(start time.Time) clock {
	return clock{latest: start.Add(ahead), now: ledger.Time{Wall: start}}
}

// rewind lets the clock be turned back by the next line.
func (c *clock) rewind() { c.known = false }

// read goes forward to the time of a line, unless that is no time, or in the future.
func (c *clock) read(l *Line) {
	if l.again {
		return
	}
	c.sent = l.first
	if c.known && away(l.first, c.now.Wall) >= surely {
		c.sent = says(l.stamp, c.now.Wall)
	}
	switch {
	case c.sent.IsZero():
	case c.sent.After(c.latest):
		c.sent = time.Time{}
	default:
		c.advance(c.sent)
	}
}

// away returns how many seconds lie between t and u.
func away(t, u time.Time) int64 {
	s := t.Unix() - u.Unix()
	return max(s, -s)
}

// advance goes to t. Where a file begins earlier than the one before it ended, the
// ledger sees as much time pass: what the two say does not add up.
func (c *clock) advance(t time.Time) {
	d := t.Sub(c.now.Wall)
	if d > 0 || !c.known {
		c.now.Boot = min(c.now.Boot+min(max(d, -d), maxBoot), maxBoot)
		c.now.Wall = t
	}
	c.known = true
}
