package syslog

import "time"

// Time reads Stamp, which Parse leaves unread because few callers ask. Without a
// zone it is in now's location, and without a year it is in the year that brings
// it nearest to now. The zero Time says that there is no stamp or that it is no time.
func (m *Message) Time(now time.Time) (t time.Time) {
	c, ok := m.civil()
	switch {
	case !ok:
		return time.Time{}
	case c.zoned:
		return c.in(c.year, c.place())
	case c.year != 0:
		return c.in(c.year, now.Location())
	}
	const surely = 180 * 24 * 3600 // no other year is nearer
	if t = c.in(now.Year(), now.Location()); !t.IsZero() {
		if seconds := t.Unix() - now.Unix(); -surely < seconds && seconds < surely {
			return t
		}
	}
	t = time.Time{}
	for year := now.Year() - 1; year <= now.Year()+1; year++ {
		u := c.in(year, now.Location())
		if !u.IsZero() && (t.IsZero() || u.Sub(now).Abs() < t.Sub(now).Abs()) {
			t = u
		}
	}
	return t
}

// ZonedTime reads a Stamp that names its zone, and so is a time by itself. The zero
// Time says that it names none or is no time.
func (m *Message) ZonedTime() time.Time {
	c, ok := m.civil()
	if !ok || !c.zoned {
		return time.Time{}
	}
	return c.in(c.year, c.place())
}

// civil reads the whole Stamp.
func (m *Message) civil() (c civil, ok bool) {
	const day = 24 * 3600
	n := c.any(m.Stamp)
	hour, minute, second := c.time()
	return c, n > 0 && n == len(m.Stamp) && hour <= 23 && minute <= 59 && second <= 60 && -day < c.offset && c.offset < day
}

// place is the zone that was named.
func (c *civil) place() *time.Location { return time.FixedZone("", c.offset) }

// in returns the time in that year and place, zero when the year has no such
// day.
func (c *civil) in(year int, loc *time.Location) time.Time {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 {
		return time.Time{}
	}
	if c.day > 28 && c.day > time.Date(year, time.Month(c.month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return time.Time{}
	}
	hour, minute, second := c.time()
	return time.Date(year, time.Month(c.month), c.day, hour, minute, second, c.nanos(), loc)
}

func (c *civil) time() (hour, minute, second int) {
	x := c.clock
	return 10*int(x&15) + int(x>>8&15), 10*int(x>>24&15) + int(x>>32&15), 10*int(x>>48&15) + int(x>>56)
}

// nanos returns the fraction of the second in nanoseconds.
func (c *civil) nanos() (n int) {
	unit := 100_000_000
	for _, digit := range c.fraction {
		n += int(digit-'0') * unit
		unit /= 10
	}
	return n
}
