package syslog

import "bytes"

// dropCisco removes the header that Cisco's devices write instead of RFC 3164's,
// or behind it when a relay put one in front: sequence numbers, a name, a mark
// for a clock that is not set, each optional, then a stamp, a zone and a colon
// ("91: *Nov 21 10:00:00.123 UTC: %SYS-5-CONFIG_I: …"). It returns the message,
// which begins with "%". Only a number or the mark can begin the header, so the
// text behind a program's tag is never searched for it.
func (m *Message) dropCisco(b []byte) []byte {
	if !startsCisco(b) {
		return b
	}
	rest := b
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
	switch {
	case len(rest) > 0 && (rest[0] == '*' || rest[0] == '.'):
		rest = rest[1:]
	case len(rest) == len(b):
		return b
	}
	var c civil
	n := c.traditional(rest)
	zone := bytes.Index(rest[n:min(len(rest), n+len(" CEST: %"))], []byte(": %"))
	if n == 0 || zone < 0 {
		return b
	}
	m.Stamp = rest[:n]
	if host != nil {
		m.Host = host
	}
	return rest[n+zone+2:]
}

func startsCisco(b []byte) bool {
	return len(b) > 0 && (isDigit(b[0]) || b[0] == '*' || b[0] == '.')
}
