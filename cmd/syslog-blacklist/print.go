package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"syslog-blacklist/rules"
)

// table writes columns to w; each cell is escaped before.
func table(w io.Writer, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, printable(cell))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

// printJSON writes v so that a terminal acts upon nothing in it: encoding/json
// leaves DEL, the C1 controls and the marks that turn text around as they are.
func printJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	var out bytes.Buffer
	for _, r := range b.String() {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out.WriteRune(r)
		case utf8.RuneLen(r) == 4:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
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
