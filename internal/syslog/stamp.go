package syslog

// headerStamp returns the length of the timestamp of a header at the head of b:
// the traditional one, with a year or without, or RFC 3339. 0 when there is none.
func headerStamp(b []byte) int {
	var c civil
	if len(b) > 0 && isDigit(b[0]) {
		return c.iso(b, 'T')
	}
	return c.traditional(b)
}

// isoStamp returns the length of an RFC 3339 timestamp at the head of b. No blank is
// part of it: what follows may be a host, and look like a zone.
func isoStamp(b []byte) int {
	var c civil
	n := c.local(b, 'T')
	if n > 0 && n < len(b) && b[n] != ' ' {
		n += c.zone(b[n:])
	}
	return n
}

// startsStamp tells whether b begins as every stamp that textStamp reads, and few texts.
func startsStamp(b []byte) bool {
	return len(b) > 3 && (isDigit(b[0]) || b[0] == '[' || b[3] == ' ')
}

// textStamp returns the length of a timestamp that a program wrote before its
// own text, with the brackets and the blank or colon around it, and where in
// there the time itself stands. 0 when there is none.
func textStamp(b []byte) (n, from, to int) {
	if len(b) > 0 && b[0] == '[' {
		from = 1
	}
	var c civil
	to = from + c.any(b[from:])
	n = to
	if to == from || c.year == 0 && from == 0 {
		return 0, 0, 0
	}
	if from == 1 {
		if n == len(b) || b[n] != ']' {
			return 0, 0, 0
		}
		n++
	}
	if n < len(b) && b[n] == ':' {
		n++
	}
	if n < len(b) {
		if b[n] != ' ' {
			return 0, 0, 0
		}
		n++
	}
	return n, from, to
}

// dropStamps removes bare timestamps at the head of Text, so that rules are
// written without them. record lets the first of them stand for a missing Stamp,
// which is right for a line of a file only: on the wire, the head of Text
// may be an attacker's, and an old time would excuse him.
func (m *Message) dropStamps(record bool) {
	first, from, to := textStamp(m.Text)
	if first == 0 {
		return
	}
	all := first
	for n := first; n > 0; all += n {
		n, _, _ = textStamp(m.Text[all:])
	}
	record = record && len(m.Stamp) == 0
	gone := m.dropText(all, record)
	if record {
		m.Stamp = gone[from:to]
	}
}
