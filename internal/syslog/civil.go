package syslog

// civil is a timestamp as it is read, unchecked: a year of 0 stands for none.
type civil struct {
	year, month, day int
	clock            uint64 // hour, minute and second, as digits returns them
	fraction         []byte // the digits of the second's
	zoned            bool
	offset           int // seconds east of UTC
}

// any reads every form at the head of b that this package knows and returns its
// length, 0 when there is none.
func (c *civil) any(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if isDigit(b[0]) {
		if n := c.iso(b, ' '); n > 0 {
			return n
		}
		*c = civil{}
		return c.dayFirst(b)
	}
	if len(b) < 4 || b[3] != ' ' { // as most texts
		return 0
	}
	if n := c.weekday(b); n > 0 {
		return n
	}
	*c = civil{}
	return c.traditional(b)
}

// traditional reads "Nov 21 10:00:00", with fractions, and with a year before
// or behind the time.
func (c *civil) traditional(b []byte) int {
	if len(b) < 14 || b[3] != ' ' {
		return 0
	}
	if c.month = monthOf(b); c.month == 0 {
		return 0
	}
	i := 4
	if b[i] == ' ' { // the day is padded
		i++
	}
	if !isDigit(b[i]) {
		return 0
	}
	c.day = int(b[i] - '0')
	i++
	if isDigit(b[i]) {
		c.day = 10*c.day + int(b[i]-'0')
		i++
	}
	if b[i] != ' ' {
		return 0
	}
	i++
	n := c.timeOfDay(b[i:])
	if n == 0 {
		year := yearLen(b[i:])
		if year == 0 || i+year == len(b) || b[i+year] != ' ' {
			return 0
		}
		quad(b[i:], &c.year)
		i += year + 1
		if n = c.timeOfDay(b[i:]); n == 0 {
			return 0
		}
	}
	i += n
	if c.year == 0 && i < len(b) && b[i] == ' ' {
		if n := yearLen(b[i+1:]); n > 0 {
			quad(b[i+1:], &c.year)
			i += 1 + n
		}
	}
	return i
}

// weekday reads what ctime(3) writes: "Sat Nov 21 10:00:00 2026".
func (c *civil) weekday(b []byte) int {
	if len(b) < 4 || b[3] != ' ' || !isWeekday(b) {
		return 0
	}
	n := c.traditional(b[4:])
	if n == 0 || c.year == 0 {
		return 0
	}
	return 4 + n
}

// iso reads "2026-11-21T10:00:00", with slashes too, with fractions and a zone;
// between may stand in the place of T.
func (c *civil) iso(b []byte, between byte) int {
	n := c.local(b, between)
	if n == 0 {
		return 0
	}
	return n + c.zone(b[n:])
}

// local is iso without the zone.
func (c *civil) local(b []byte, between byte) int {
	if len(b) < 19 || b[4] != '-' && b[4] != '/' || b[10] != 'T' && b[10] != between {
		return 0
	}
	x, ok := digits(b, 0x0030300030303030|uint64(b[4])<<32|uint64(b[4])<<56, 0x7f76767f76767676)
	if !ok || !pair(b[8:], &c.day) {
		return 0
	}
	c.year = 1000*int(x&15) + 100*int(x>>8&15) + 10*int(x>>16&15) + int(x>>24&15)
	c.month = 10*int(x>>40&15) + int(x>>48&15)
	n := c.timeOfDay(b[11:])
	if n == 0 {
		return 0
	}
	return 11 + n
}

// dayFirst reads "21-Nov-2026 10:00:00" and "21/Nov/2026:10:00:00 +0100".
func (c *civil) dayFirst(b []byte) int {
	if len(b) < 20 || b[2] != '-' && b[2] != '/' && b[2] != ' ' || b[6] != b[2] || b[11] != ' ' && b[11] != ':' {
		return 0
	}
	if c.month = monthOf(b[3:]); c.month == 0 || !pair(b, &c.day) || !quad(b[7:], &c.year) {
		return 0
	}
	n := c.timeOfDay(b[12:])
	if n == 0 {
		return 0
	}
	return 12 + n + c.zone(b[12+n:])
}

// timeOfDay reads "10:00:00" with any number of fractional digits.
func (c *civil) timeOfDay(b []byte) int {
	if len(b) < 8 {
		return 0
	}
	var ok bool
	if c.clock, ok = digits(b, 0x30303a30303a3030, 0x76767f76767f7676); !ok {
		return 0
	}
	if len(b) < 10 || b[8] != '.' && b[8] != ',' || !isDigit(b[9]) {
		return 8
	}
	c.fraction = b[9 : 9+digitLen(b[9:])]
	return 9 + len(c.fraction)
}

// zone reads "Z", "+01:00", "+0100" or " +0100"; the zone may be missing.
func (c *civil) zone(b []byte) int {
	if len(b) > 0 && b[0] == 'Z' {
		c.zoned = true
		return 1
	}
	i := 0
	if len(b) > 0 && b[0] == ' ' {
		i = 1
	}
	if len(b) < i+5 || b[i] != '+' && b[i] != '-' {
		return 0
	}
	var hours, minutes int
	if !pair(b[i+1:], &hours) {
		return 0
	}
	end := i + 3
	if b[end] == ':' {
		end++
	}
	if len(b) < end+2 || !pair(b[end:], &minutes) {
		return 0
	}
	c.zoned = true
	c.offset = hours*3600 + minutes*60
	if b[i] == '-' {
		c.offset = -c.offset
	}
	return end + 2
}

// pair reads a number of two digits into v.
func pair(b []byte, v *int) bool {
	*v = 10*int(b[0]-'0') + int(b[1]-'0')
	return isDigit(b[0]) && isDigit(b[1])
}

// quad reads a number of four digits into v.
func quad(b []byte, v *int) bool {
	var century, year int
	ok := pair(b, &century) && pair(b[2:], &year)
	*v = 100*century + year
	return ok
}

// yearLen returns 4 when a year of this or the last century stands at the head
// of b as a word. Neither a container's name (2026672ab6a0) nor an IPv6 host
// (2001:db8::1) is one.
func yearLen(b []byte) int {
	if len(b) < 4 || !(b[0] == '2' && b[1] == '0' || b[0] == '1' && b[1] == '9') || !isDigit(b[2]) || !isDigit(b[3]) {
		return 0
	}
	if len(b) > 4 && b[4] != ' ' && b[4] != ']' {
		return 0
	}
	return 4
}

// monthOf returns 1 to 12, or 0, for the English month at the head of b, in any case.
func monthOf(b []byte) int {
	if len(b) < 3 {
		return 0
	}
	switch string([]byte{b[0] | 0x20, b[1] | 0x20, b[2] | 0x20}) {
	case "jan":
		return 1
	case "feb":
		return 2
	case "mar":
		return 3
	case "apr":
		return 4
	case "may":
		return 5
	case "jun":
		return 6
	case "jul":
		return 7
	case "aug":
		return 8
	case "sep":
		return 9
	case "oct":
		return 10
	case "nov":
		return 11
	case "dec":
		return 12
	}
	return 0
}

// isWeekday tells whether the three letters of an English weekday stand at the head of b.
func isWeekday(b []byte) bool {
	switch string([]byte{b[0] | 0x20, b[1] | 0x20, b[2] | 0x20}) {
	case "mon", "tue", "wed", "thu", "fri", "sat", "sun":
		return true
	}
	return false
}
