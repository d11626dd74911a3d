package syslog

import "slices"

// maxRepeat bounds what a sender can claim in one message. rsyslog counts into
// the thousands; a claim beyond the bound stays text.
const maxRepeat = 1_000_000

// unwrapRepeat turns rsyslog's "message repeated N times: [ TEXT]" into TEXT
// and N. b is what follows the first word of Text.
func (m *Message) unwrapRepeat(b []byte) {
	rest, ok := cutPrefix(b, "repeated ")
	if !ok {
		return
	}
	n, digits := 0, 0
	for digits < len(rest) && n <= maxRepeat && isDigit(rest[digits]) {
		n = n*10 + int(rest[digits]-'0')
		digits++
	}
	inner, ok := cutPrefix(rest[digits:], " times: [")
	if !ok || n < 1 || n > maxRepeat || len(inner) == 0 || inner[len(inner)-1] != ']' {
		return
	}
	inner, _ = cutPrefix(inner, " ")
	gone := len(m.Text) - len(inner)
	m.Line, m.Text = m.Line[:len(m.Line)-1], m.Text[:len(m.Text)-1]
	m.Repeat = n
	m.dropText(gone, false)
}

// dropText takes the first n bytes out of Text by moving the head of the line
// over them. Who wants to keep them finds them in gone, before the line.
func (m *Message) dropText(n int, keep bool) (gone []byte) {
	head := len(m.Line) - len(m.Text)
	both := m.Line[:head+n]
	if keep {
		slices.Reverse(both[:head])
		slices.Reverse(both[head:])
		slices.Reverse(both)
	} else {
		copy(both[n:], both[:head])
	}
	m.Line = m.Line[n:]
	m.Tag = m.Line[:len(m.Tag)]
	if len(m.PID) > 0 {
		pid := len(m.Tag) + 1
		m.PID = m.Line[pid : pid+len(m.PID)]
	}
	m.Text = m.Line[head:]
	return both[:n]
}
