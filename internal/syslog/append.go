package syslog

import (
	"strconv"
	"time"
)

// Format is a dialect that Append writes.
type Format int

const (
	// RFC3164 is "<PRI>Mmm dd hh:mm:ss HOST TAG[PID]: TEXT", what local daemons
	// and nearly every receiver understand.
	RFC3164 Format = iota
	// RFC5424 is "<PRI>1 TIMESTAMP HOST TAG PID - - TEXT", whose time has a year,
	// microseconds and a zone.
	RFC5424
)

// Header is what stands before the text of a message.
type Header struct {
	Format Format
	// Priority is facility×8 + severity, 0 to 191.
	Priority int
	// Time is written in its own location. It must be set.
	Time time.Time
	// Host may be empty, which leaves it out, as programs do towards the daemon
	// of their own host.
	Host string
	// Tag is the program's name. An empty one is written as "-".
	Tag string
	// PID is left out when it is 0.
	PID int
}

// maxTag is RFC 5424's limit for APP-NAME in bytes; receivers refuse a longer one.
const maxTag = 48

// Append appends one message without framing to dst and returns the extended
// buffer. Whatever text, host and tag hold, the result is one line that Parse
// reads back: control characters in text become spaces, so that neither framing by LF or NUL nor a terminal can be
// fooled, other bytes stay as they are; in host and tag what would end the word
// becomes "_", and what is too long is cut. A Priority out of range panics.
func Append(dst []byte, h *Header, text []byte) []byte {
	if h.Priority < 0 || h.Priority > 191 {
		panic("syslog: priority " + strconv.Itoa(h.Priority) + " is not in 0 to 191")
	}
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(h.Priority), 10)
	dst = append(dst, '>')
	if h.Format == RFC5424 {
		dst = h.append5424(dst)
	} else {
		dst = h.append3164(dst)
	}
	for _, c := range text {
		if isControl(c) {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

func (h *Header) append3164(dst []byte) []byte {
	dst = h.Time.AppendFormat(dst, time.Stamp)
	dst = append(dst, ' ')
	if h.Host != "" {
		dst = appendHost(dst, h.Host)
		dst = append(dst, ' ')
	}
	dst = appendTag(dst, h.Tag)
	if h.PID != 0 {
		dst = append(dst, '[')
		dst = strconv.AppendInt(dst, int64(h.PID), 10)
		dst = append(dst, ']')
	}
	return append(dst, ": "...)
}

func (h *Header) append5424(dst []byte) []byte {
	dst = append(dst, "1 "...)
	dst = h.Time.AppendFormat(dst, "2006-01-02T15:04:05.000000Z07:00")
	dst = append(dst, ' ')
	dst = appendHost(dst, h.Host)
	dst = append(dst, ' ')
	dst = appendTag(dst, h.Tag)
	dst = append(dst, ' ')
	if h.PID != 0 {
		dst = strconv.AppendInt(dst, int64(h.PID), 10)
	} else {
		dst = append(dst, '-')
	}
	return append(dst, " - - "...)
}

// appendTag appends tag as one word of RFC 5424's APP-NAME that is also a name
// in the grammar of Parse.
func appendTag(dst []byte, tag string) []byte {
	if tag == "" {
		return append(dst, '-')
	}
	for i := range min(len(tag), maxTag) {
		c := tag[i]
		if c >= 0x80 || !isTagByte[c] {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendHost appends host as one word that Parse takes for a host.
func appendHost(dst []byte, host string) []byte {
	if host == "" {
		return append(dst, '-')
	}
	start := len(dst)
	dst = append(dst, host[:min(len(host), maxWord)]...)
	word := dst[start:]
	address := addressLen(word) == len(word)
	for i, c := range word {
		letter := isDigit(c) || isLetter(c) || c == '_'
		if !letter && (c >= 0x80 || i == 0 || c != '.' && c != '-') && !(address && (c == ':' || c == '%')) {
			word[i] = '_'
		}
	}
	return dst
}

func isControl(c byte) bool { return c < 0x20 || c == 0x7f }
