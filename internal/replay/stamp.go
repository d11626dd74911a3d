package replay

import (
	"bytes"
	"strconv"
	"time"
)

// maxStampAt is how far into a line we look for its time.
const maxStampAt = 300

// inner returns the time that a program wrote somewhere into its own line, where
// package syslog does not look for one: in the brackets of an access log, behind
// time= or "ts": in what is written for machines, or as squid writes it. It is for
// lines that have no other, and nil when there is none. That somebody else may
// have written it does not matter here: nobody is banned by a replay.
func inner(text []byte) []byte {
	text = text[:min(len(text), maxStampAt)]
	if _, rest, _ := bytes.Cut(text, []byte{'['}); len(rest) > 2 && rest[2] == '/' { // [21/Nov/2026:10:00:00 +0000]
		if stamp, _, closed := bytes.Cut(rest, []byte{']'}); closed {
			return stamp
		}
	}
	for i := 0; i < len(text); {
		n := 0
		for i+n < len(text) && isStamp(text[i+n]) {
			n++
		}
		run := bytes.Trim(text[i:i+n], ".,:-+/")
		if isEpoch(run) || len(run) >= len("2026-11-21T10:00:00") && isDigit(run[0]) && run[4] == '-' && run[10] == 'T' {
			return run
		}
		i += n + 1
	}
	return nil
}

func isStamp(c byte) bool { return isDigit(c) || bytes.IndexByte([]byte("-:.,+TZ/"), c) >= 0 }

// isEpoch tells whether b is seconds since 1970 with a fraction, until 2286.
func isEpoch(b []byte) bool {
	if len(b) < 12 || len(b) > 20 || b[10] != '.' {
		return false
	}
	for i, c := range b {
		if i != 10 && !isDigit(c) {
			return false
		}
	}
	return true
}

func epoch(b []byte) time.Time {
	seconds, err := strconv.ParseInt(string(b[:10]), 10, 64)
	if err != nil {
		panic("replay: " + err.Error()) // isEpoch saw ten digits
	}
	return time.Unix(seconds, 0)
}
