package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"syslog-blacklist/internal/fail2ban"
)

// etc is the configuration that Debian's package installs.
const etc = "/etc/fail2ban"

func needFail2ban(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(etc, "jail.conf")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the package fail2ban is not installed")
		}
		t.Skip("the package fail2ban is not installed")
	}
}

// A printed line comes with what was before it in its session.
type printed struct {
	lines   []string
	leftOut string // words of what the import says of it
}

func (p printed) last() string { return p.lines[len(p.lines)-1] }

// readPrinted reads a file of testdata: lines by jail, and by jail and mode.
func readPrinted(t *testing.T, name string) map[string][]printed {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]printed{}
	jail := ""
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSuffix(l, "\n")
		name, isHeader := strings.CutSuffix(l, "]")
		switch {
		case l == "" || l[0] == '#':
		case isHeader && l[0] == '[' && strings.Count(l, "[") == 1:
			jail = name[1:]
			out[jail] = nil
		default:
			lines, words, _ := strings.Cut(l, " ⇒ ")
			out[jail] = append(out[jail], printed{strings.Split(lines, " ⏎ "), words})
		}
	}
	return out
}

// asCase tells how the lines reach us: as syslog's, or from a log that is fetched.
func (p printed) asCase(j fail2ban.Jail) testCase {
	var lines []logLine
	for _, l := range p.lines {
		one := logLine{Line: l}
		if j.Tag == "" {
			one.Syslog = "<38>" + l
		}
		lines = append(lines, one)
	}
	last := len(lines) - 1
	return testCase{logLine: lines[last], Context: lines[:last]}
}

// library returns the lines that the rules are tested on, as the jail's log has them.
func library(t *testing.T, j fail2ban.Jail) []printed {
	t.Helper()
	var out []printed
	for _, name := range j.Uses {
		text, err := os.ReadFile(filepath.Join("..", "..", "rules", "testdata", "library", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(text)) {
			line, _, _ := strings.Cut(l, " ⇒ ")
			if j.Tag != "" {
				_, line, _ = strings.Cut(line, ": ")
			} else {
				line = "Nov 21 10:00:00 host " + line
			}
			out = append(out, printed{lines: []string{line}})
		}
	}
	return out
}

// TestTheImportRecognisesWhatTheFilterDoes has fail2ban-regex try the filters of Debian's
// package on lines of our own, and compares its addresses with those of the import of
// each jail alone.
func TestTheImportRecognisesWhatTheFilterDoes(t *testing.T) {
	needFail2ban(t)
	dir := t.TempDir()
	if err := enable(dir, etc, "[DEFAULT]\nenabled = true\n"); err != nil {
		t.Fatal(err)
	}
	all := readPrinted(t, "daemons.txt")
	addJails(t, all, dir)
	leftOut := map[string]string{} // by jail and line
	for name, lines := range all {
		for _, p := range lines {
			if p.leftOut != "" {
				leftOut[jailOf(name)+p.last()] = p.leftOut
			}
		}
	}
	trials, said := tryAlone(t, all, dir)
	if err := compare(dir, trials); err != nil {
		t.Fatal(err)
	}
	recognised := map[string]int{}
	for i, x := range trials {
		if !x.theirs.IsValid() {
			continue
		}
		recognised[x.jail.Name]++
		if x.ours == x.theirs {
			continue
		}
		last := x.lines[len(x.lines)-1]
		words := leftOut[jailOf(x.jail.Name)+last]
		if x.theirs.String() == "198.51.100.9" { // what the client writes into the sample
			words = "Where somebody can choose the address that fail2ban takes"
		}
		if words == "" || !strings.Contains(said[i], words) {
			t.Errorf("[%s] %v, and not %v (%s), which is not said:\n%s", x.jail.Name, x.theirs, x.ours, x.entry, last)
		}
	}
	for name := range all {
		if recognised[name] == 0 {
			t.Errorf("[%s]: fail2ban recognises no line: there must be one that it does", name)
		}
	}
}

// addJails adds the jails in dir that become use directives.
func addJails(t *testing.T, all map[string][]printed, dir string) {
	t.Helper()
	imported, err := fail2ban.Import(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range imported.Jails {
		if _, ok := all[j.Name]; len(j.Uses) > 0 && !ok {
			all[j.Name] = nil
		}
	}
}

// tryAlone returns the trials of each jail's lines with the rules that come of it alone,
// and the text of these for each trial.
func tryAlone(t *testing.T, all map[string][]printed, dir string) (trials []trial, said []string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := importAlone(t, dir, name)
		m, err := matcher(r.Text)
		if err != nil {
			t.Fatal(err)
		}
		j := r.Jails[0]
		lines := all[name]
		if name == jailOf(name) { // a mode has lines of its own
			lines = append(library(t, j), lines...)
		}
		for _, p := range lines {
			one := newTrial(j, m, p.asCase(j))
			one.jail.Name = name
			trials = append(trials, one)
			said = append(said, r.Text)
		}
	}
	return trials, said
}

// jailOf cuts the mode off.
func jailOf(name string) string {
	jail, _, _ := strings.Cut(name, " ")
	return jail
}

// importAlone imports the configuration in dir with one jail: NAME or NAME mode=MODE.
func importAlone(t *testing.T, dir, name string) *fail2ban.Rules {
	t.Helper()
	name, mode, _ := strings.Cut(name, " ")
	text := fmt.Sprintf("[%s]\nenabled = true\n%s\n", name, mode)
	if err := os.WriteFile(filepath.Join(dir, "jail.local"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// Debian enables sshd.
	if err := os.WriteFile(filepath.Join(dir, "jail.d", "defaults-debian.conf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := fail2ban.Import(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Jails) != 1 {
		t.Fatalf("%s: %d jails", name, len(r.Jails))
	}
	return r
}

// TestFiltersThatPeopleWriteMeanTheSame imports jails and filters of our own, beside those
// of Debian's package, and compares in the same way: here both ways, since there is
// nothing that a translation could do better.
func TestFiltersThatPeopleWriteMeanTheSame(t *testing.T) {
	needFail2ban(t)
	dir := t.TempDir()
	if err := enable(dir, etc, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"jail.local", "jail.d/defaults-debian.conf"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "own"))); err != nil {
		t.Fatal(err)
	}
	r, err := fail2ban.Import(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := matcher(r.Text)
	if err != nil {
		t.Fatal(err)
	}
	var trials []trial
	var lines []printed
	all := readPrinted(t, "own.txt")
	for _, j := range r.Jails {
		for _, p := range all[j.Name] {
			trials = append(trials, newTrial(j, m, p.asCase(j)))
			lines = append(lines, p)
		}
	}
	if err := compare(dir, trials); err != nil {
		t.Fatal(err)
	}
	for i, x := range trials {
		p := lines[i]
		said := p.leftOut != "" && strings.Contains(r.Text, p.leftOut)
		if x.ours != x.theirs && !said {
			t.Errorf("[%s] %v, and not %v, which is not said:\n%s", x.jail.Name, x.theirs, x.ours, p.last())
		}
		if x.ours == x.theirs && p.leftOut != "" {
			t.Errorf("[%s] is not left out any more:\n%s", x.jail.Name, p.last())
		}
	}
	for _, want := range []string{"[shop]\nforever after 3 in 1h\n", "[intranet]\n1d doubling to 5w\n", "[api]\n1w after 3 in 1h doubling to 5w\n", "?tag=intranet\n"} {
		if !strings.Contains(r.Text, want) {
			t.Errorf("%q is missing:\n%s", want, r.Text)
		}
	}
}
