package syslog

// readHost reads blanks, then [ host SP ] body, behind a stamp. lone says that a
// word may be a host although no tag follows it.
func (m *Message) readHost(b []byte, lone bool) {
	body := trimBlanks(b)
	host, rest, ok := cut(body, hostLen(body))
	if !ok {
		if after, ok := cutPrefix(body, "- "); ok && startsTag(after) {
			body = after
		}
		m.setBody(body)
		return
	}
	name, head := readTag(rest)
	switch {
	case name > 0 && head < len(rest) && rest[head] == ':' && !startsCisco(rest):
		// As nearly all do. Nothing was cut, and nothing else can stand before a tag.
		m.Host = host
		m.setLine(rest, name, head)
	case m.forwardedFrom(body):
	case m.readCutTag(b[len(b)-len(body)-1:], len(host)):
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

// isHost tells whether a word can be a host's name.
func isHost(word []byte) bool { return len(word) > 0 && hostLen(word) == len(word) }

// hostLen returns the length of what can be a host's name at the head of b: letters,
// digits, and the "@" and "/" of chained names (syslog-ng), or an IPv6 address. 0
// when there is none.
func hostLen(b []byte) int {
	n := nameLen(b)
	if n < len(b) && b[n] == ':' {
		if address := addressLen(b); address > 0 {
			return address
		}
	}
	if n == 0 || !isDigit(b[0]) && !isLetter(b[0]) && b[0] != '_' && b[0] < 0x80 {
		return 0
	}
	return n
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
// the host should stand, and the body behind it.
func (m *Message) forwardedFrom(b []byte) bool {
	rest, ok := cutPrefix(b, "Message forwarded from ")
	if !ok {
		return false
	}
	word, rest, ok := field(rest)
	if !ok || word[len(word)-1] != ':' || !isHost(word[:len(word)-1]) {
		return false
	}
	m.Host = word[:len(word)-1]
	m.setBody(rest)
	return true
}
