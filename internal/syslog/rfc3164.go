package syslog

import "bytes"

// parse3164 reads b, what follows the priority, as the "BSD" format in all the
// dialects that the package comment's grammar names.
func (m *Message) parse3164(b []byte, marked bool) {
	n := headerStamp(b)
	if n == 0 || n < len(b) && b[n] != ' ' && b[n] != ':' {
		m.setBody(b)
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
	case lone || startsTag(rest):
		m.Host = host
		m.setBody(rest)
	default:
		m.setBody(body)
	}
}

// setBody reads a device's header of its own or [ tag ] text.
func (m *Message) setBody(b []byte) {
	b = trimHead(b)
	b = m.dropCisco(b)
	name, head := readTag(b)
	m.setLine(b, name, head)
}

func startsTag(b []byte) bool {
	name, _ := readTag(b)
	return name > 0
}

// readTag reads a tag at the head of b: name is the length of the program's
// name, 0 when there is no tag, and head includes the bracketed PID.
func readTag(b []byte) (name, head int) {
	for name < len(b) && name <= maxWord && isTagByte[b[name]] {
		name++
	}
	if name == 0 || name > maxWord || name == len(b) {
		return 0, 0
	}
	switch b[name] {
	case ':':
		if addressLen(b) > 0 {
			return 0, 0
		}
		return name, name
	case '[':
		return readPID(b, name)
	}
	return 0, 0
}

// readPID reads "[pid]" behind a name, with ":" behind it, or with a blank when
// the PID is a number.
func readPID(b []byte, name int) (int, int) {
	pid := b[name+1 : min(len(b), name+2+maxWord)]
	n := bytes.IndexByte(pid, ']')
	if n < 0 || bytes.IndexByte(pid[:n], ' ') >= 0 {
		return 0, 0
	}
	head := name + n + 2
	if head < len(b) && b[head] == ':' {
		return name, head
	}
	if allDigits(pid[:n]) && (head == len(b) || b[head] == ' ') {
		return name, head
	}
	return 0, 0
}

// isTagByte holds the bytes of a program's name. Those left out begin or end
// something else: a PID, a JSON object, a quoted string, key=value.
var isTagByte = func() (set [256]bool) {
	for c := '!'; c < 256; c++ {
		set[c] = c != 0x7f
	}
	for _, c := range `:[]{}"<>=,;` {
		set[c] = false
	}
	return set
}()

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
	if colons < 2 || b[i-1] == ':' && b[i-2] != ':' {
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
