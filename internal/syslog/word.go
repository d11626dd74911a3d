package syslog

import "bytes"

// maxWord is the longest host, tag or PID in bytes. RFC 5424 allows a host 255
// and the others less; what is longer is text.
const maxWord = 255

// field cuts one non-empty word that a blank ends.
func field(b []byte) (word, rest []byte, ok bool) {
	i := bytes.IndexByte(b[:min(len(b), maxWord+1)], ' ')
	if i <= 0 {
		return nil, b, false
	}
	return b[:i], b[i+1:], true
}

func isNil(word []byte) bool { return len(word) == 1 && word[0] == '-' }

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
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

// isName tells whether b holds nothing but bytes of a name.
func isName(b []byte) bool {
	for _, c := range b {
		if !isTagByte[c] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
