package replay

import (
	"bytes"
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
)

// clock is the ledger's time as the lines tell it. It goes forward with them. A
// line that is older than one before it does not turn it back: the ledger knows
// how to count late lines. But the next file may begin earlier.
type clock struct {
	start time.Time // when the replay began, in the zone of stamps without one
	now   ledger.Time
	known bool // this file had a line with a time

	stamp []byte // the last stamp that was read, and what it says
	says  time.Time
}

func newClock(start time.Time) clock {
	return clock{start: start, now: ledger.Time{Wall: start}}
}

// rewind lets the clock be turned back by the next line.
func (c *clock) rewind() { c.known, c.stamp = false, c.stamp[:0] }

// read reads the time of a line and goes forward to it. It returns the line's
// own time, or zero when it has none that can be believed.
func (c *clock) read(stamp []byte) time.Time {
	if len(stamp) == 0 {
		return time.Time{}
	}
	if bytes.Equal(stamp, c.stamp) {
		return c.says
	}
	c.stamp = append(c.stamp[:0], stamp...)
	c.says = c.believe(stamp)
	if !c.says.IsZero() {
		c.advance(c.says)
	}
	return c.says
}

// believe returns what the stamp says, or zero when it is no time, in the future,
// or from a device that does not know the time and counts from 1970.
func (c *clock) believe(stamp []byte) time.Time {
	near := c.now.Wall
	if !c.known {
		near = c.start.Add(-mostOfHalfYear)
	}
	m := syslog.Message{Stamp: stamp}
	t := m.Time(near)
	if isEpoch(stamp) {
		t = epoch(stamp)
	}
	if t.IsZero() || t.Year() <= 1970 || t.After(c.start.Add(ahead)) {
		return time.Time{}
	}
	return t.In(c.start.Location())
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
