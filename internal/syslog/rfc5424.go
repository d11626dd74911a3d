package syslog

const bom = "\xef\xbb\xbf"

// startsVersion tells whether b begins as RFC 5424 does, and no other form but that with an ISO stamp.
func startsVersion(b []byte) bool { return len(b) > 0 && isDigit(b[0]) }

// parse5424 reads b as RFC 5424 behind its priority and tells whether it is that.
// The line becomes APP[PROCID]: MSG, written right before MSG, where MSGID,
// structured data and blanks always leave room for the brackets, colon and blank.
func (m *Message) parse5424(b []byte) bool {
	version, rest, ok := cut(b, digitLen(b))
	if !ok || len(version) > 3 || version[0] == '0' {
		return false
	}
	stamp, rest, ok := cut(rest, isoStamp(rest))
	if !ok {
		if rest, ok = cutPrefix(rest, "- "); !ok {
			return false
		}
	}
	host, rest, ok := field(rest)
	if !ok {
		return false
	}
	app, rest, ok := field(rest)
	if !ok {
		return false
	}
	procid, rest, ok := field(rest)
	if !ok {
		return false
	}
	_, rest, ok = field(rest) // MSGID
	if !ok {
		return false
	}
	m.Stamp = stamp
	if !isNil(host) {
		m.Host = host
	}
	msg := afterData(rest)
	if isNil(app) {
		m.setText(msg)
		return true
	}
	head := len(app)
	if !isNil(procid) {
		head += len(procid) + 2
	}
	end := len(b) - len(msg)
	line := b[end-head-2:]
	// PROCID first: it moves right, away from APP, which lies left of it.
	if head > len(app) {
		copy(line[len(app)+1:], procid)
	}
	copy(line, app)
	if head > len(app) {
		line[len(app)], line[head-1] = '[', ']'
	}
	line[head], line[head+1] = ':', ' '
	m.setLine(line, len(app), head)
	return true
}

// afterData returns MSG, given what follows MSGID. What is no structured data is
// message already: some senders leave the field out. rsyslog forwards a local
// message with the blank that stood behind its tag; it is not the text's.
func afterData(b []byte) []byte {
	n := dataLen(b)
	if n == len(b) {
		return b[n:]
	}
	if n > 0 && b[n] == ' ' {
		b = b[n+1:]
	}
	b, _ = cutPrefix(b, bom)
	b, _ = cutPrefix(b, " ")
	return b
}

// dataLen returns the length of the structured data at the head of b, 0 when it
// is none.
func dataLen(b []byte) int {
	if len(b) > 0 && b[0] == '-' && (len(b) == 1 || b[1] == ' ') {
		return 1
	}
	i := 0
	for i < len(b) && b[i] == '[' {
		n := elementLen(b[i:])
		if n == 0 {
			return 0
		}
		i += n
	}
	if i < len(b) && b[i] != ' ' {
		return 0
	}
	return i
}

// elementLen returns the length of one "[id name="value" …]", 0 when it is not
// closed. In a value, \ takes the next byte along (RFC 5424 section 6.3.3), and
// a "]" that the sender forgot to escape does not end the element.
func elementLen(b []byte) int {
	quoted := false
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case ']':
			if !quoted {
				return i + 1
			}
		}
	}
	return 0
}
