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
	// surely is how near a time must be for no other year's to be nearer, in seconds.
	surely = 180 * 24 * 3600
	// year is that of 1970, in seconds.
	year = 365 * 24 * 3600
)

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
	first  time.Time // near which a stamp is while no line is known
	latest time.Time // what is still believed
	now    ledger.Time
	known  bool      // this file had a line with a time
	sent   time.Time // the last line's own time, zero when it has none that can be believed
}

func newClock(start time.Time) clock {
	return clock{first: start.Add(-mostOfHalfYear), latest: start.Add(ahead), now: ledger.Time{Wall: start}}
}

// rewind lets the clock be turned back by the next line.
func (c *clock) rewind() { c.known = false }

// read goes forward to the time of a line, unless that is no time, or in the future.
func (c *clock) read(l *Line) {
	if l.again {
		return
	}
	near := c.now.Wall
	if !c.known {
		near = c.first
	}
	c.sent = l.says
	if away(l.says, near) >= surely {
		c.sent = says(l.stamp, near)
	}
	switch {
	case c.sent.IsZero():
	case c.sent.After(c.latest):
		c.sent = time.Time{}
	default:
		c.advance(c.sent)
	}
}

// seconds returns how many seconds later stamp is than before when they differ in
// nothing else: both end in the seconds of a minute. ok is false otherwise.
func seconds(stamp, before []byte) (n time.Duration, ok bool) {
	end := len(stamp) - len("00")
	if len(before) != len(stamp) || end < len("10:00:") || stamp[end-1] != ':' || stamp[end-4] != ':' || !bytes.Equal(stamp[:end], before[:end]) {
		return 0, false
	}
	tens, ones := stamp[end]-'0', stamp[end+1]-'0'
	if tens > 5 || ones > 9 {
		return 0, false
	}
	return time.Duration(10*(int(tens)-int(before[end]-'0'))+int(ones)-int(before[end+1]-'0')) * time.Second, true
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
