package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// A row is one question; its answers are lines of the table.
type row struct {
	name   string
	kernel bool     // writes to the kernel's sets
	tools  []string // programs that it is measured against
	run    func(*bench) ([]answer, error)
}

// rows are all there are, in the order of the table.
var rows = []row{
	{name: "matching", run: matching},
	{name: "fail2ban", tools: []string{"fail2ban-regex"}, run: againstFail2ban},
	{name: "sshguard", tools: []string{"sshg-parser"}, run: againstSSHGuard},
	{name: "receive", kernel: true, run: receiving},
	{name: "flood", kernel: true, run: flood},
	{name: "tcp", kernel: true, tools: []string{"rsyslogd"}, run: stream},
	{name: "sets", kernel: true, tools: []string{"ipset"}, run: fillSets},
	{name: "latency", kernel: true, run: latency},
	{name: "attackers", run: attackers},
	{name: "blocker", tools: []string{"sshg-blocker"}, run: againstBlocker},
	{name: "restart", kernel: true, tools: []string{"ipset"}, run: restart},
}

func (r row) String() string {
	needs := r.tools
	if r.kernel {
		needs = append([]string{"root"}, needs...)
	}
	return fmt.Sprintf("%-10s %s", r.name, strings.Join(needs, ", "))
}

// An answer is one line of the table.
type answer struct {
	what string
	ours string // what we need, with its unit
	than string // the other side, and what it needs
	duel duel
	aim  string // "" when none was set
}

// bench is how long to measure, and what the rows share.
type bench struct {
	quick    bool
	repeats  int
	dir      string // for files, removed at the end
	outside  string // why there is no namespace; "" when there is
	progress io.Writer
}

// pick returns the size for a whole run, or that for a quick one.
func (b *bench) pick(whole, quick int) int {
	if b.quick {
		return quick
	}
	return whole
}

// fewer is b for rows of which a turn takes seconds.
func (b *bench) fewer() *bench {
	some := *b
	some.repeats = (b.repeats + 1) / 2
	return &some
}

// missing returns what stands in the way of a row, or "".
func (b *bench) missing(r row) string {
	if r.kernel && b.outside != "" {
		return b.outside
	}
	for _, t := range r.tools {
		if _, err := exec.LookPath(t); err != nil {
			return t + " is not installed"
		}
	}
	return ""
}

// print measures the rows whose names match, and writes the table as they come.
func (b *bench) print(out io.Writer, chosen *regexp.Regexp) error {
	start := time.Now()
	var left []string
	fmt.Fprintln(out, "| measured | syslog-blacklist | the other side | ratio | spread | aim |")
	fmt.Fprintln(out, "|---|--:|--:|--:|--:|--:|")
	for _, r := range rows {
		if !chosen.MatchString(r.name) {
			continue
		}
		if why := b.missing(r); why != "" {
			left = append(left, fmt.Sprintf("Left out: %s, because %s.", r.name, why))
			continue
		}
		fmt.Fprintf(b.progress, "bench: %s…\n", r.name)
		answers, err := r.run(b)
		if err != nil {
			return fmt.Errorf("measure %s: %w", r.name, err)
		}
		for _, a := range answers {
			fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s |\n", a.what, a.ours, a.than, times(a.duel.ratio), a.duel.spread(), a.aim)
		}
	}
	fmt.Fprintf(out, "\n`%s`, %s, %d turns, %s.\n", command(), start.Format("2 January 2006"), b.repeats, machine())
	for _, l := range left {
		fmt.Fprintln(out, l)
	}
	fmt.Fprintf(b.progress, "bench: took %v\n", time.Since(start).Round(time.Second))
	return nil
}

// command is what a reader types to get this table.
func command() string {
	return strings.Join(append([]string{"go run ./internal/bench"}, os.Args[1:]...), " ")
}
