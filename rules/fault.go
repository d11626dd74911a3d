package rules

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Pos is a place in a rules file; Line and Column count from 1, Column in bytes.
// Line is 0 where a file as a whole is meant.
type Pos struct {
	File         string
	Line, Column int
}

// String returns file:line:column, or the file alone.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Severity says what a fault means for the file.
type Severity uint8

const (
	// Error: there is no Set.
	Error Severity = iota
	// Warning: the rules work, and probably not as meant.
	Warning
	// Note: something was done for the author that the text doesn't say.
	Note
)

// Fault is one thing that is wrong, doubtful or noteworthy in a rules file.
type Fault struct {
	Pos
	Severity Severity
	// Message is a sentence without a full stop; it names the remedy.
	Message string
	// Source is the line at Pos as it stands in the file, empty where a whole file is meant.
	Source string
}

// Error returns the fault on one line: file:line:column: message. Whatever could
// steer a terminal is escaped.
func (f Fault) Error() string {
	kind := ""
	switch f.Severity {
	case Warning:
		kind = "warning: "
	case Note:
		kind = "note: "
	}
	return printable(f.Pos.String() + ": " + kind + f.Message)
}

// Format returns the same, and beneath it the line it is about and a caret, without
// a newline at the end.
func (f Fault) Format() string {
	if f.Line == 0 {
		return f.Error()
	}
	before := min(max(f.Column-1, 0), len(f.Source))
	return f.Error() + "\n    " + printable(f.Source) + "\n    " + blank(f.Source[:before]) + "^"
}

// printable escapes what a terminal doesn't print as itself; a tab stays.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\t' || r != 0xFFFD && strconv.IsPrint(r):
			b.WriteRune(r)
		case r == 0xFFFD && s[i] != 0xEF: // not U+FFFD itself but a byte that is no UTF-8
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == 0xFFFD:
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// blank is as wide as printable(s), with its tabs in their places.
func blank(s string) string {
	var b strings.Builder
	for _, r := range printable(s) {
		switch {
		case r == '\t':
			b.WriteByte('\t')
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wide(r):
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// wide tells whether terminals give r two columns: the ideographs, kana, Hangul
// and full-width forms of Unicode's East Asian Width, and emoji.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		0x3000 <= r && r <= 0x303F || 0xFF01 <= r && r <= 0xFF60 || 0x1F300 <= r && r <= 0x1FAFF
}

// quote makes text of a rules file fit for a message.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
