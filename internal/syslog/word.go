package syslog

import (
	"encoding/binary"
	"math/bits"
)

// maxWord is the longest host, tag or PID in bytes. RFC 5424 allows a host 255
// and the others less; what is longer is text.
const maxWord = 255

// field cuts one non-empty word that a blank ends.
func field(b []byte) (word, rest []byte, ok bool) {
	return cut(b, wordLen(b))
}

// wordLen returns how many bytes stand before the first blank; behind maxWord it does
// not look. Eight bytes at once find the end of most words in fewer steps than
// calling bytes.IndexByte takes.
func wordLen(b []byte) int {
	b = b[:min(len(b), maxWord+1)]
	i := 0
	for ; i <= len(b)-8; i += 8 {
		if m := below(binary.LittleEndian.Uint64(b[i:])^ones*' ', 1); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(b) && b[i] != ' ' {
		i++
	}
	return i
}

// cut cuts the first n bytes off as a word, if there are any and a blank ends them.
func cut(b []byte, n int) (word, rest []byte, ok bool) {
	if n <= 0 || n > maxWord || n >= len(b) || b[n] != ' ' {
		return nil, b, false
	}
	return b[:n], b[n+1:], true
}

// cutPrefix is bytes.CutPrefix, but a constant prefix of up to 16 bytes is compared in registers.
func cutPrefix(b []byte, prefix string) (rest []byte, ok bool) {
	if len(b) < len(prefix) || string(b[:len(prefix)]) != prefix {
		return b, false
	}
	return b[len(prefix):], true
}

// trimBlanks is bytes.TrimLeft(b, " "), short enough to be inlined.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

func isNil(word []byte) bool { return len(word) == 1 && word[0] == '-' }

func allDigits(b []byte) bool { return len(b) > 0 && digitLen(b) == len(b) }

// digitLen returns how many digits stand at the head of b.
func digitLen(b []byte) int {
	for i, c := range b {
		if !isDigit(c) {
			return i
		}
	}
	return len(b)
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

// nameLen returns how many bytes of a name stand at the head of b; more than
// maxWord are not counted to their end.
func nameLen(b []byte) int {
	b = b[:min(len(b), maxWord+1)]
	for i, c := range b {
		if !isTagByte[c] {
			return i
		}
	}
	return len(b)
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
