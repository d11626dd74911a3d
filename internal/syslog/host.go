package syslog

import "bytes"

// readHost reads blanks, then [ host SP ] body, behind a stamp. lone says that a
// word may be a host although no tag follows it.
func (m *Message) readHost(b []byte, lone bool) {
	body := bytes.TrimLeft(b, " ")
	if host, rest, ok := forwardedFrom(body); ok {
		m.Host = host
		m.setBody(rest)
		return
	}
	name, _ := readTag(body)
	host, rest, ok := field(body)
	switch {
	case name > 0 || !ok:
		m.setBody(body)
	case isNil(host) && startsTag(rest):
		m.setBody(rest)
	case !isHost(host):
		m.setBody(body)
	case m.readCutTag(b[len(b)-len(body)-1:], len(host)):
	default:
		m.readTagged(host, rest, body, lone)
	}
}

// readTagged reads what stands behind a word that can be a host's name: rest. body
// begins with that word.
func (m *Message) readTagged(host, rest, body []byte, lone bool) {
	name, head := readTag(rest)
	switch {
	case name > 0 && !startsCisco(rest): // as nearly all do: nothing else can stand before a tag
		m.Host = host
		m.setLine(rest, name, head)
	case name > 0 || lone && !startsPID(rest):
		m.Host = host
		m.setBody(m.dropLevel(rest))
	default:
		m.setBody(body)
	}
}

// startsPID tells whether b goes on with the PID of a program: "sogod [26818]: ".
func startsPID(b []byte) bool {
	word, _, ok := field(b)
	n := len(word)
	return ok && n > 3 && word[0] == '[' && allDigits(word[1:n-2]) && word[n-2] == ']' && word[n-1] == ':'
}

// isHost tells whether a word can be a host's name: letters, digits, and the
// "@" and "/" of chained names (syslog-ng), or an IPv6 address.
func isHost(word []byte) bool {
	if len(word) == 0 {
		return false
	}
	if n := addressLen(word); n > 0 {
		return n == len(word)
	}
	first := word[0]
	if !isDigit(first) && !isLetter(first) && first != '_' && first < 0x80 {
		return false
	}
	return isName(word)
}

// addressLen returns the length of the word at the head of b when it has the
// shape of an IPv6 address, with a zone or without, else 0. A single colon at
// its end is a tag's.
func addressLen(b []byte) int {
	colons, i := 0, 0
	for ; i < len(b) && i <= maxWord; i++ {
		c := b[i]
		if c == ':' {
			colons++
		} else if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') && c != '.' {
			break
		}
	}
	if colons < 2 || b[0] == '.' || b[i-1] == ':' && b[i-2] != ':' {
		return 0
	}
	if i < len(b) && b[i] == '%' {
		for i < len(b) && i <= maxWord && isTagByte[b[i]] {
			i++
		}
	}
	if i < len(b) && b[i] != ' ' {
		return 0
	}
	return i
}

// forwardedFrom reads "Message forwarded from HOST: ", which AIX writes where
// the host should stand.
func forwardedFrom(b []byte) (host, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(b, []byte("Message forwarded from "))
	if !ok {
		return nil, nil, false
	}
	word, rest, ok := field(rest)
	if !ok || word[len(word)-1] != ':' || !isHost(word[:len(word)-1]) {
		return nil, nil, false
	}
	return word[:len(word)-1], rest, true
}
