package fail2ban

import (
	"fmt"
	"strconv"
	"strings"
)

// Problem is something that could not be taken over, or not as it stood.
type Problem struct {
	File string
	Line int // from 1; 0 where the whole file is meant
	// Message is the reason, a sentence without a full stop.
	Message string
}

// String returns file:line: message, on one line and fit for a terminal.
func (p Problem) String() string {
	at := p.File
	if p.Line > 0 {
		at = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return printable(at + ": " + p.Message)
}

// printable escapes what would end the line or steer a terminal.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\t' || strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRuneToASCII(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}

// quote makes foreign text fit for a message.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
