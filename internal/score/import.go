package main

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"syslog-blacklist/internal/fail2ban"
	"syslog-blacklist/rules"
)

// runImport imports the configuration of fail2ban in dir with every jail enabled, and
// compares what fail2ban itself recognises among the cases with what the imported rules
// do. It prints a table, and with misses each line that differs.
func runImport(out io.Writer, dir string, cases []testCase, misses bool) error {
	tmp, err := os.MkdirTemp("", "score")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := enable(tmp, dir, "[DEFAULT]\nenabled = true\n"); err != nil {
		return err
	}
	imported, err := fail2ban.Import(tmp)
	if err != nil {
		return err
	}
	m, err := matcher(imported.Text)
	if err != nil {
		return err
	}
	var all []trial
	for _, j := range imported.Jails {
		for _, c := range casesFor(j, cases) {
			all = append(all, newTrial(j, m, c))
		}
	}
	if err := compare(tmp, all); err != nil {
		return err
	}
	return printImport(out, all, misses)
}

// enable copies a configuration and adds to its jails.
func enable(to, from, jails string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "jail.local"), []byte(jails), 0o600)
}

// casesFor returns the lines that belong to a jail's filter: fail2ban's own for it, and
// what the others have for its service. recidive reads fail2ban's log, which we don't.
func casesFor(j fail2ban.Jail, cases []testCase) []testCase {
	filter, _, _ := strings.Cut(j.Filter, "[")
	if filter == "recidive" {
		return nil
	}
	services := map[string]bool{}
	for _, c := range cases {
		if c.Source == "fail2ban" && c.Rule == filter {
			services[c.Service] = true
		}
	}
	var out []testCase
	for _, c := range cases {
		if c.Source == "fail2ban" && c.Rule == filter || c.Source != "fail2ban" && services[c.Service] {
			out = append(out, c)
		}
	}
	return out
}

// A trial is a line as a jail's log has it, with what came before in its session, and
// the packets that bring it to us.
type trial struct {
	jail    fail2ban.Jail
	rules   *rules.Matcher // what came of the jail
	lines   []string
	packets []string
	// theirs is the address that fail2ban takes, not valid when it takes none; ours is
	// that of the imported rules, and entry theirs.
	theirs, ours netip.Addr
	entry        string
}

// newTrial tags a line of a log that doesn't come through syslog as the import wants it.
func newTrial(j fail2ban.Jail, m *rules.Matcher, c testCase) trial {
	t := trial{jail: j, rules: m}
	for _, l := range append(c.Context, c.logLine) {
		t.lines = append(t.lines, l.Line)
		t.packets = append(t.packets, cmp.Or(l.Syslog, cmp.Or(j.Tag, c.Program)+": "+l.Line))
	}
	return t
}

// compare fills in what both make of each line. The filters are those in dir.
func compare(dir string, all []trial) error {
	attempts := make([]attempt, len(all))
	for i, t := range all {
		attempts[i] = attempt{t.jail.Filter, t.lines}
	}
	addrs, err := original(dir, attempts)
	if err != nil {
		return err
	}
	s := newSessions()
	for i := range all {
		t := &all[i]
		t.theirs = addrs[i]
		for _, p := range t.packets {
			t.ours, t.entry = s.hit(t.rules, p, fmt.Sprint(i))
		}
	}
	return nil
}

// A tally counts what a jail's filter recognises, and how much of it its import does.
type tally struct{ theirs, right, wrong int }

func (n *tally) add(t trial) {
	n.theirs++
	switch {
	case t.ours == t.theirs:
		n.right++
	case t.entry != "":
		n.wrong++
	}
}

func printImport(out io.Writer, all []trial, misses bool) error {
	var total tally
	tallies, order := map[string]*tally{}, []fail2ban.Jail{}
	for _, t := range all {
		if tallies[t.jail.Name] == nil {
			tallies[t.jail.Name] = &tally{}
			order = append(order, t.jail)
		}
		if !t.theirs.IsValid() {
			continue
		}
		total.add(t)
		tallies[t.jail.Name].add(t)
		if misses && t.ours != t.theirs {
			fmt.Fprintf(out, "%s: %s, here %s\n\t%s\n", t.jail.Name, t.theirs, cmp.Or(t.entry, "missed"), canonical(t.packets[len(t.packets)-1]))
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "JAIL\tFILTER\tRULES\tFAIL2BAN\tRIGHT\tWRONG")
	for _, j := range order {
		n := tallies[j.Name]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\n", j.Name, j.Filter, strings.Join(j.Uses, " "), n.theirs, n.right, n.wrong)
	}
	fmt.Fprintf(w, "all\t\t\t%d\t%d\t%d\n", total.theirs, total.right, total.wrong)
	return w.Flush()
}
