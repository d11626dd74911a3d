package replay

import (
	"bytes"
	"slices"
)

// failureWords begin the words, in small letters, by which programs tell that they
// were attacked or refused something, by their first two letters.
var failureWords = byFirstLetters(
	"abus", "attack", "bad ", "banned", "brute", "denied", "disallowed", "does not exist", "exceeded", "exploit", "fail",
	"forbidden", "illegal", "incorrect", "intrusion", "invalid", "malicious", "mismatch", "no such", "not allowed",
	"not found", "not permitted", "refus", "reject", "spoof", "suspicious", "too many", "unauthori", "unknown user",
	"violation", "wrong",
)

// failureStarts are the pairs of letters that failureWords holds something for.
var failureStarts = func() (table [1 << 10]bool) {
	for i := range failureWords {
		table[i] = len(failureWords[i]) > 0
	}
	return table
}()

func byFirstLetters(words ...string) (table [1 << 10][]string) {
	for _, w := range words {
		table[letters(w[0], w[1])] = append(table[letters(w[0], w[1])], w)
	}
	return table
}

// letterCase tells of each byte whether it is a letter, and which.
var letterCase = func() (table [256]uint8) {
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = smallLetter, capital
	}
	return table
}()

const (
	smallLetter = 1
	capital     = 2
)

// letters numbers two letters, in either case.
func letters(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// refusals are the statuses of HTTP 401 and 403 where an access log has them.
var refusals = [][]byte{[]byte(`" 401 `), []byte(`" 403 `)}

// looksLikeFailure tells whether text holds one of the words, at the beginning of
// a word. It is a guess, to show people what their rules may be missing.
func looksLikeFailure(text []byte) bool {
	before := uint8(0)
	for i := range len(text) - 1 {
		letter := letterCase[text[i]]
		begins := letter > before // also a capital behind a small letter
		before = letter
		if !begins || !failureStarts[letters(text[i], text[i+1])] {
			continue
		}
		for _, w := range failureWords[letters(text[i], text[i+1])] {
			if startsFold(text[i:], w) {
				return true
			}
		}
	}
	if bytes.IndexByte(text, '"') < 0 {
		return false
	}
	for _, r := range refusals {
		if bytes.Contains(text, r) {
			return true
		}
	}
	return false
}

// isRefusal tells whether line[i] begins such a status: without it, a line would
// be like those of all other requests.
func isRefusal(line []byte, i int) bool {
	const before = len(`" `)
	return i >= before && slices.ContainsFunc(refusals, func(r []byte) bool { return bytes.HasPrefix(line[i-before:], r) })
}

// startsFold tells whether text begins with word, in letters of either case.
func startsFold(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if c := text[i]; c != word[i] && !(isLetter(c) && c|0x20 == word[i]) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return isLower(c | 0x20) }
func isLower(c byte) bool  { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
