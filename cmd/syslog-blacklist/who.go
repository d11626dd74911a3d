package main

import (
	"cmp"
	"fmt"
	"strings"

	"syslog-blacklist/internal/control"
)

// printWho tells who an address belongs to, a line for each who says so.
func printWho(say func(string, ...any), y *control.Why) {
	if w := y.Who; w != nil {
		if w.Name != "" {
			say("name: %s", reverseName(w))
		}
		if network := filled(w.Network, announcer(w), w.Country); len(network) > 0 {
			say("network: %s", strings.Join(network, ", "))
		}
		switch {
		case w.Registered != "":
			say("registered: %s", strings.Join(filled(w.Registered, w.Registrant), ", "))
			say("abuse contact: %s", cmp.Or(strings.Join(w.Abuse, ", "), "none is published"))
		case w.Fault != "":
			say("abuse contact: unknown: %s", w.Fault)
		}
	}
	if y.Asking {
		say("answers from elsewhere are missing yet: ask again in some seconds")
	}
}

// reverseName is a name with what it is worth.
func reverseName(w *control.Who) string {
	if w.Name == "" || w.Confirmed {
		return w.Name
	}
	return w.Name + " (only claimed: it does not lead back)"
}

// announcer is the network's number and holder.
func announcer(w *control.Who) string {
	if w.ASN == 0 {
		return w.Holder
	}
	return strings.TrimSpace(fmt.Sprintf("AS%d %s", w.ASN, w.Holder))
}

// filled are the texts that are not empty.
func filled(texts ...string) (out []string) {
	for _, s := range texts {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// whoColumns are the columns of list that lookups fill. One that would be empty
// is left out.
var whoColumns = []struct {
	head string
	cell func(*control.Who) string
}{
	{"COUNTRY", func(w *control.Who) string { return w.Country }},
	{"NETWORK", func(w *control.Who) string { return cut(announcer(w), 32) }},
	{"NAME", func(w *control.Who) string {
		if w.Name != "" && !w.Confirmed {
			return w.Name + " ?"
		}
		return w.Name
	}},
	{"ABUSE CONTACT", func(w *control.Who) string { return strings.Join(w.Abuse, ", ") }},
}

// cut shortens s to n runes.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// addWho puts those columns before the last one of rows, whose first is the heading.
func addWho(rows [][]string, list []*listed) {
	for _, c := range whoColumns {
		cells, known := []string{c.head}, false
		for _, e := range list {
			cell := ""
			if e.Who != nil {
				cell = c.cell(e.Who)
			}
			known = known || cell != ""
			cells = append(cells, cmp.Or(cell, "-"))
		}
		if !known {
			continue
		}
		for i, cell := range cells {
			last := len(rows[i]) - 1
			rows[i] = append(rows[i][:last], cell, rows[i][last])
		}
	}
}
