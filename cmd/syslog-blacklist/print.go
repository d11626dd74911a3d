package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"syslog-blacklist/rules"
)

// table writes columns to w, each as wide as its widest cell; what the network
// sent is escaped.
func table(w io.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
			width[i] = max(width[i], utf8.RuneCountInString(row[i]))
		}
	}
	out := bufio.NewWriter(w)
	defer out.Flush()
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			out.WriteString(cell)
			for range width[i] - utf8.RuneCountInString(cell) + 2 {
				out.WriteByte(' ')
			}
		}
		out.WriteString(row[len(row)-1] + "\n")
	}
}

// printJSON writes v over several lines.
func printJSON(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", plainJSON(text))
	return err
}

// plainJSON escapes what a terminal would act upon: encoding/json leaves DEL, the
// C1 controls and the marks that turn text around as they are. Outside strings
// JSON has no such characters.
func plainJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r >= unicode.MaxASCII }) {
		return text
	}
	var out bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r < unicode.MaxASCII || unicode.IsPrint(r):
			out.WriteRune(r)
		case utf8.RuneLen(r) == 4:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}

// ago says how long a time is past, in its largest units; for people.
func ago(now time.Time, t *time.Time) string {
	if t == nil {
		return "never"
	}
	return rough(now.Sub(*t)) + " ago"
}

// rough is a duration to about a tenth, as the rules file writes it.
func rough(d time.Duration) string {
	d = max(d, 0)
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if d >= 10*unit {
			return rules.FormatDuration(d.Round(unit))
		}
	}
	return rules.FormatDuration(d.Truncate(time.Second))
}

// clock is a time of day here, with the date when it is not today's.
func clock(now time.Time, t time.Time) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format("2006-01-02 15:04")
}
