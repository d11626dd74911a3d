package syslog

import "bytes"

// rsyslogTag is where rsyslog's forwarding templates cut the tag, PID and colon
// included (%syslogtag:1:32%). A shorter word was not cut.
const rsyslogTag = 32

// readCutTag reads " HOST TAG[12 text", with a host of that many bytes and a tag that
// rsyslog cut within its PID or before its colon. The tag is completed, so that
// a rule that asks for "\[\d+\]: " matches; a number that was cut is left out of
// PID, because it names another process or none. The room is that of the blanks
// before and behind host: both words move left.
func (m *Message) readCutTag(b []byte, host int) bool {
	start := 1 + host + 1
	word, _, ok := field(b[start:])
	if !ok || len(word) < rsyslogTag {
		return false
	}
	name := bytes.IndexByte(word, '[')
	if name < 1 || nameLen(word[:name]) < name {
		return false
	}
	digits := word[name+1:]
	whole := bytes.HasSuffix(digits, []byte("]"))
	digits = bytes.TrimSuffix(digits, []byte("]"))
	switch {
	case len(digits) == 0:
		if whole {
			return false
		}
		word[name] = ':' // "TAG[" lost its whole PID
		m.Host = b[1 : 1+host]
		m.setLine(b[start:], name, name)
		return true
	case !allDigits(digits):
		return false
	}
	head := name + len(digits) + 2
	copy(b, b[1:1+host])
	m.Host = b[:host]
	line := b[start+len(word)-head-1:]
	copy(line, word[:head-1])
	line[head-1], line[head] = ']', ':'
	m.setLine(line, name, head)
	if !whole {
		m.PID = nil
	}
	return true
}
