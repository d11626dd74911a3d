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

func TestBothSidesRecogniseEveryAttackAndNothingElseWithTenRulesAsWith400(t *testing.T) {
	for _, n := range []int{10, 400} {
		set, err := compile(serverPatterns(n))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := newLoop(serverPatterns(n))
		if err != nil {
			t.Fatal(err)
		}
		traffic, m := newTraffic(1000), set.Matcher()
		agree := func(line string, want bool) {
			ours, loop := m.Match([]byte(line), false, new(rules.Hit)), theirs.match([]byte(line))
			if ours != want || loop != want {
				t.Errorf("%d rules: ours %t, the loop %t, want %t: %q", n, ours, loop, want, line)
			}
		}
		for range 500 {
			agree(traffic.attack(), true)
			agree(traffic.benign(), false)
		}
	}
}

func TestATimeHasThreeDigitsAtMost(t *testing.T) {
	for ns, want := range map[float64]string{7: "7 ns", 999.4: "999 ns", 999.6: "1 µs", 1234: "1.23 µs", 999_600: "1 ms", 2.5e9: "2.5 s"} {
		if got := nanoseconds(ns); got != want {
			t.Errorf("%v: %s, want %s", ns, got, want)
		}
	}
}
