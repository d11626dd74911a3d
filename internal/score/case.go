package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
)

// A testCase is one line of the corpus, as far as it matters here.
type testCase struct {
	ID, Source, Service, Rule string
	logLine
	Program string
	Match   bool       // the source calls it an attack
	IP      netip.Addr // what to block
	// Kind is single where the line itself decides, session where other lines are
	// needed; hostname and non-ip name nobody who could be blocked.
	Kind    string
	Mode    []string  // of fail2ban: the settings for which the verdict holds
	Context []logLine // of a session: what came before, the oldest first
}

// A logLine has the raw line, and the packet it is sent as unless it comes from an
// application's own log file.
type logLine struct {
	Line   string
	Syslog string
}

func (c *testCase) packet() string { return c.logLine.packet(c.Program) }

// packet returns the line as one syslog packet; program is the tag of a raw one.
func (l logLine) packet(program string) string {
	if l.Syslog != "" {
		return l.Syslog
	}
	return "<134>Nov 21 10:00:00 host " + program + ": " + l.Line
}

// packets returns the session's packets, the judged one last.
func (c *testCase) packets() []string {
	var out []string
	for _, before := range c.Context {
		out = append(out, before.packet(c.Program))
	}
	return append(out, c.packet())
}

// strict tells whether only a setting that is stricter than the source's own
// makes the verdict hold.
func (c *testCase) strict() bool {
	return c.Source != "fail2ban" || !slices.Contains(c.Mode, "default") && !slices.Contains(c.Mode, "normal")
}

// read returns the cases of every source in dir.
func read(dir string) ([]testCase, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("read corpus %s: it holds no .jsonl file", dir)
	}
	var cases []testCase
	for _, name := range files {
		if cases, err = readFile(cases, name); err != nil {
			return nil, err
		}
	}
	return cases, nil
}

func readFile(cases []testCase, name string) ([]testCase, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var c testCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		cases = append(cases, c)
	}
	return cases, lines.Err()
}
