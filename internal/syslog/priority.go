package syslog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// readPriority reads "<PRI>" at the head of b and returns what follows. marked
// tells that something stood there that can only be meant as a priority: one out
// of range or with a leading zero is dropped with Priority left at -1, because the
// header behind it is as good as any.
func (m *Message) readPriority(b []byte) (rest []byte, marked bool) {
	if len(b) == 0 || b[0] != '<' {
		return b, false
	}
	end := 1
	value := 0
	number := true
	for ; end < len(b) && b[end] != '>'; end++ {
		switch c := b[end]; {
		case end > 5:
			return b, false
		case isDigit(c):
			value = value*10 + int(c-'0')
		case c == '-' || c == '+':
			number = false
		default:
			return b, false
		}
	}
	if end == len(b) {
		return b, false
	}
	digits := end - 1
	if number && digits > 0 && value <= 191 && (b[1] != '0' || digits == 1) {
		m.Priority = value
	}
	return trimBlanks(b[end+1:]), true
}

// ParsePriority reads "FACILITY.SEVERITY" as logger(1) and syslog.conf(5) spell
// them, or "SEVERITY" alone, which is facility user. It returns facility×8 +
// severity, 0 to 191. The error lists the names.
func ParsePriority(s string) (int, error) {
	facility, severity, ok := strings.Cut(s, ".")
	if !ok {
		facility, severity = "user", s
	}
	f := slices.Index(facilities, modern(facility))
	if f < 0 {
		return 0, fmt.Errorf("priority %q: no facility %q: write one of %s", s, facility, strings.Join(facilities, ", "))
	}
	v := slices.Index(severities, modern(severity))
	if v < 0 {
		return 0, fmt.Errorf("priority %q: no severity %q: write one of %s", s, severity, strings.Join(severities, ", "))
	}
	return priority(f, v), nil
}

// dropLevel removes "FACILITY.SEVERITY", which busybox writes before the tag in its
// files, and takes it for the priority that a file does not have.
func (m *Message) dropLevel(b []byte) []byte {
	word, rest, ok := field(b)
	facility, severity, dotted := bytes.Cut(word, dot)
	if !ok || !dotted || !startsTag(rest) {
		return b
	}
	f, v := indexOf(facilities, facility), indexOf(severities, severity)
	if f < 0 || v < 0 {
		return b
	}
	if m.Priority < 0 {
		m.Priority = priority(f, v)
	}
	return rest
}

var dot = []byte(".")

// indexOf is slices.Index without making a string of word.
func indexOf(names []string, word []byte) int {
	for i, name := range names {
		if name == string(word) {
			return i
		}
	}
	return -1
}

// priority computes the number of a facility and a severity by their places in the lists.
func priority(facility, severity int) int {
	if facility >= unnamed {
		facility += local0 - unnamed
	}
	return facility*8 + severity
}

// The names stand in the order of their numbers, but for the facilities from unnamed to
// local0, which syslog.conf(5) does not name.
var (
	facilities = []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	severities = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
)

const (
	unnamed = 12
	local0  = 16
)

// modern resolves the deprecated spellings that logger(1) still takes.
func modern(name string) string {
	switch name {
	case "security":
		return "auth"
	case "panic":
		return "emerg"
	case "error":
		return "err"
	case "warn":
		return "warning"
	}
	return name
}
