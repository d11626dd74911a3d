package syslog

import "time"

// Time reads Stamp, which Parse leaves unread because few callers ask. zoned
// tells whether the stamp named its zone; without one it is in now's location,
// and without a year it is in the year that brings it nearest to now. The
// zero Time says that there is no stamp or that it is no time.
func (m *Message) Time(now time.Time) (t time.Time, zoned bool) {
	var c civil
	n := c.any(m.Stamp)
	const day = 24 * 3600
	switch {
	case n == 0, n != len(m.Stamp), c.hour > 23, c.minute > 59, c.second > 60, c.offset <= -day, c.offset >= day:
		return time.Time{}, false
	case c.zoned:
		t = c.in(c.year, time.FixedZone("", c.offset))
		return t, !t.IsZero()
	case c.year != 0:
		return c.in(c.year, now.Location()), false
	}
	for _, year := range []int{now.Year() - 1, now.Year(), now.Year() + 1} {
		u := c.in(year, now.Location())
		if !u.IsZero() && (t.IsZero() || u.Sub(now).Abs() < t.Sub(now).Abs()) {
			t = u
		}
	}
	return t, false
}

// in returns the time in that year and place, zero when the year has no such
// day.
func (c *civil) in(year int, loc *time.Location) time.Time {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.day > time.Date(year, time.Month(c.month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return time.Time{}
	}
	return time.Date(year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nanos, loc)
}
