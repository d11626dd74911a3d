package syslog

import "encoding/binary"

// Parse reads one message, without its framing, from b into m. It cannot fail,
// does not panic and allocates nothing. It modifies b in place, and the slices
// of m point into b. Every field of m is set anew; Truncated is set to false.
func Parse(m *Message, b []byte) {
	*m = Message{Priority: -1, Repeat: 1}
	b = clean(b)
	rest, marked := m.readPriority(b)
	if !marked || !startsVersion(rest) || !m.parse5424(rest) {
		m.parse3164(rest, marked)
	}
	if rest, ok := cutPrefix(m.Text, "message "); ok {
		m.unwrapRepeat(rest)
	}
	if startsStamp(m.Text) {
		m.dropStamps(!marked)
	}
}

// clean drops what framing left at both ends and makes b one line. NUL, CR and LF would
// hide the rest of the message from "." and "$" in a pattern.
func clean(b []byte) []byte {
	for len(b) > 0 && isBreak(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	for len(b) > 0 && (b[0] == ' ' || isBreak(b[0])) {
		b = b[1:]
	}
	blank(b)
	return b
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' || c == 0 }

// blank turns every break in b into a space. There is nearly always nothing to
// find, so it looks closer only where there is a byte up to CR, the last in order.
func blank(b []byte) {
	const limit = '\r' + 1
	if len(b) < 16 {
		blankEach(b)
		return
	}
	for i := 0; i < len(b); i += 16 {
		part := b[min(i, len(b)-16):][:16]
		if below(binary.LittleEndian.Uint64(part), limit)|below(binary.LittleEndian.Uint64(part[8:]), limit) != 0 {
			blankEach(part)
		}
	}
}

func blankEach(b []byte) {
	for i, c := range b {
		if isBreak(c) {
			b[i] = ' '
		}
	}
}

// setLine makes line the canonical line. Its tag is name bytes long and its head
// (tag and bracketed PID) head bytes; both are 0 when it has no tag.
func (m *Message) setLine(line []byte, name, head int) {
	m.Line = line
	m.Tag = line[:name]
	if head > name {
		m.PID = line[name+1 : head-1]
	}
	text := line[head:]
	if name > 0 {
		if len(text) > 0 && text[0] == ':' {
			text = text[1:]
		}
		if len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
	}
	m.Text = text
}

// setText makes b a canonical line without a tag.
func (m *Message) setText(b []byte) { m.setLine(trimHead(b), 0, 0) }

// trimHead drops blanks and lone colons at the head of b, the punctuation of a
// header that ended there ("host : %ASA-…").
func trimHead(b []byte) []byte {
	for {
		switch {
		case len(b) > 0 && b[0] == ' ':
			b = b[1:]
		case len(b) > 1 && b[0] == ':' && b[1] == ' ':
			b = b[2:]
		default:
			return b
		}
	}
}
