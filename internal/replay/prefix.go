package replay

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sort"
	"strings"
)

const placeholder = "{IP_NUMBER}"

// looseAddress stands for the placeholder while we look how far a pattern fits.
// It takes IPv4 as it is, and for IPv6 what has two colons.
const looseAddress = `\[?(?:(?:::[Ff]{4}:)?\b(?:` + octet + `\.){3}` + octet + `\b|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(?:%\w+)?\]?`

const octet = `(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`

// sshd's tag is wider than it is written; see package rules.
const (
	sshd      = `^sshd\[`
	sshdWider = `^sshd(?:-session|-auth)?\[`
)

// fit returns how many bytes of a pattern's text fit line, and up to which byte of
// line they do. Of alternatives outside parentheses it looks at the first. It is
// for patterns that don't match: when all of it seems to fit, it is the address
// that doesn't.
func fit(text string, line []byte) (fits, to int) {
	places := cuts(text)
	// What begins a pattern that fits, fits.
	n := sort.Search(len(places), func(i int) bool { return reach(text[:places[i]], line) < 0 })
	if n == 0 {
		return 0, 0
	}
	fits = places[n-1]
	if fits == len(text) {
		fits = max(strings.Index(text, placeholder), 0)
	}
	return fits, max(reach(text[:fits], line), 0)
}

// reach returns up to where line is matched by the beginning of a pattern, -1 when
// it isn't. A ".*" at the end would always reach the line's end: it stops at once.
func reach(beginning string, line []byte) int {
	if rest, ok := strings.CutPrefix(beginning, sshd); ok {
		beginning = sshdWider + rest
	}
	if e := strings.TrimRight(beginning, ")"); strings.HasSuffix(e, ".*") || strings.HasSuffix(e, ".+") {
		beginning = "(?U)" + beginning
	}
	re, err := regexp.Compile(strings.ReplaceAll(beginning, placeholder, looseAddress))
	if err != nil {
		return -1
	}
	if at := re.FindIndex(line); at != nil {
		return at[1]
	}
	return -1
}

// cuts returns where text may be cut so that the part before is a pattern too, in
// ascending order and with both ends.
func cuts(text string) []int {
	var places []int
	for i := 0; i < len(text) && text[i] != '|'; {
		places = append(places, i)
		i += elementLen(text[i:])
		for i < len(text) && strings.IndexByte("*+?", text[i]) >= 0 {
			i++
		}
		if n := countLen(text[i:]); n > 0 {
			i += n
		}
	}
	places = append(places, len(text))
	return slices.DeleteFunc(places, func(i int) bool {
		_, err := syntax.Parse(strings.ReplaceAll(text[:i], placeholder, looseAddress), syntax.Perl)
		return err != nil
	})
}

// elementLen returns the length of what stands at the head of text, which is not
// empty, as far as it can't be cut: a group, a class, an escape, a character.
func elementLen(text string) int {
	switch {
	case strings.HasPrefix(text, placeholder):
		return len(placeholder)
	case text[0] == '\\':
		return escapeLen(text)
	case text[0] == '[':
		return classLen(text)
	case text[0] == '(':
		return groupLen(text)
	}
	return 1
}

func escapeLen(text string) int {
	n := min(2, len(text))
	if n == 2 && strings.IndexByte("xpP", text[1]) >= 0 && strings.HasPrefix(text[n:], "{") {
		if end := strings.IndexByte(text, '}'); end > 0 {
			return end + 1
		}
	}
	return n
}

func classLen(text string) int {
	i := 1
	if strings.HasPrefix(text[i:], "^") {
		i++
	}
	if strings.HasPrefix(text[i:], "]") {
		i++
	}
	for i < len(text) {
		switch {
		case text[i] == ']':
			return i + 1
		case text[i] == '\\':
			i += escapeLen(text[i:])
		case strings.HasPrefix(text[i:], "[:"):
			i += max(strings.Index(text[i:], ":]")+2, 2)
		default:
			i++
		}
	}
	return len(text)
}

func groupLen(text string) int {
	for i := 1; i < len(text); {
		if text[i] == ')' {
			return i + 1
		}
		i += elementLen(text[i:])
	}
	return len(text)
}

// countLen returns the length of a counted repetition at the head of text.
func countLen(text string) int {
	if len(text) < 2 || text[0] != '{' || !isDigit(text[1]) {
		return 0
	}
	return strings.IndexByte(text, '}') + 1
}
