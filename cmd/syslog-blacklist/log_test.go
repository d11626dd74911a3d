package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

func TestNothingInALogMovesATerminalOrForgesALine(t *testing.T) {
	hostile := "\x1b[2J\x7f\u009b31m\u202e\U000e0001\xff\r\n2026-11-21 10:00:00 blacklisting 192.0.2.1 for x \"=\\"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := newLogger(&out, format)
		if err != nil {
			t.Fatal(err)
		}
		log.With("sender", hostile).Warn("for "+hostile, "line", hostile)
		text, ended := strings.CutSuffix(out.String(), "\n")
		if !ended {
			t.Errorf("%s: no line: %q", format, text)
		}
		for _, r := range text {
			if !unicode.IsPrint(r) {
				t.Errorf("%s: %U is left in %q", format, r, text)
			}
		}
	}
}
