package syslog

// parse3164 reads b, what follows the priority, as the "BSD" format in all the
// dialects that the package comment's grammar names.
func (m *Message) parse3164(b []byte, marked bool) {
	n := headerStamp(b)
	if n == 0 || n < len(b) && b[n] != ' ' && b[n] != ':' {
		m.readOwn(b, marked)
		return
	}
	m.Stamp = b[:n]
	traditional := !isDigit(b[0])
	switch rest := b[n:]; {
	case len(rest) == 0:
		m.setText(rest)
	case rest[0] == ':': // a device without a name: "Nov 21 2026 10:00:00: %ASA-…"
		m.setBody(rest[1:])
	default:
		m.readHost(rest, traditional || marked)
	}
}

// readOwn reads a line of a program's own log: [ stamp SP ] body. Its stamp is
// not believed behind a priority; dropStamps says why.
func (m *Message) readOwn(b []byte, marked bool) {
	n, from, to := textStamp(b)
	if !marked {
		m.Stamp = b[from:to]
	}
	m.setBody(b[n:])
}

// setBody reads a device's header of its own or [ tag ] text.
func (m *Message) setBody(b []byte) {
	b = trimHead(b)
	b = m.dropCisco(b)
	name, head := readTag(b)
	m.setLine(b, name, head)
}
