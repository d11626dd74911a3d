package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"syslog-blacklist/rules"
)

func TestAQuickRunPrintsALineOfEachAnswer(t *testing.T) {
	var out bytes.Buffer
	b := &bench{quick: true, repeats: 1, progress: t.Output()}
	if err := b.print(&out, regexp.MustCompile("^matching$")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n| match "); got != 13 {
		t.Errorf("%d lines, want 13:\n%s", got, &out)
	}
}

func TestARowWhoseOtherSideIsNotInstalledIsLeftOutWithTheReason(t *testing.T) {
	b := &bench{outside: "it needs root"}
	for _, c := range []struct {
		row  row
		want string
	}{
		{row{name: "plain"}, ""},
		{row{name: "kernel", kernel: true}, "it needs root"},
		{row{name: "tool", tools: []string{"no-such-program"}}, "no-such-program is not installed"},
	} {
		if got := b.missing(c.row); got != c.want {
			t.Errorf("%s: %q, want %q", c.row.name, got, c.want)
		}
	}
}

func TestBothSidesOfMatchingAgree(t *testing.T) {
	traffic := newTraffic(1000)
	patterns := serverPatterns(400)
	set, err := compile(patterns)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := newLoop(patterns)
	if err != nil {
		t.Fatal(err)
	}
	m := set.Matcher()
	hits := 0
	for _, line := range lines(1000, func() string { return traffic.mixed(50) }) {
		ours := m.Match(line, false, new(rules.Hit))
		if ours != theirs.match(line) {
			t.Errorf("ours %v, the loop %v: %q", ours, !ours, line)
		}
		if ours {
			hits++
		}
	}
	if hits < 400 || hits > 600 {
		t.Errorf("%d hits of 1000 lines, want about 500", hits)
	}
}
