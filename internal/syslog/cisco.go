package syslog

import "bytes"

// readCisco reads the head that Cisco's devices write instead of RFC 3164's:
// sequence numbers, a name, a mark for an unsynchronised clock, each optional,
// then a stamp and a colon ("91: *Nov 21 10:00:00.123 UTC: %SYS-5-CONFIG_I: …").
// Unless a number or mark begins it, it is an ordinary tag or stamp, and a tag's
// text is never searched for this. The message that follows begins with "%".
func (m *Message) readCisco(b []byte) (rest []byte, ok bool) {
	rest = b
	for {
		word, after, ok := field(rest)
		if !ok || word[len(word)-1] != ':' || !allDigits(word[:len(word)-1]) {
			break
		}
		rest = after
	}
	var host []byte
	if len(rest) < len(b) {
		if word, after, ok := field(rest); ok && word[len(word)-1] == ':' && isHost(word[:len(word)-1]) {
			host, rest = word[:len(word)-1], after
		}
	}
	if len(rest) > 0 && (rest[0] == '*' || rest[0] == '.') {
		rest = rest[1:]
	} else if len(rest) == len(b) {
		return nil, false
	}
	var c civil
	n := c.traditional(rest)
	if n == 0 {
		return nil, false
	}
	end := bytes.Index(rest[n:], []byte(": %"))
	if end < 0 || end > 6 {
		return nil, false
	}
	m.Stamp = rest[:n]
	if host != nil {
		m.Host = host
	}
	return rest[n+end+2:], true
}
