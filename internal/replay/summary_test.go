package replay_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syslog-blacklist/internal/golden"
	"syslog-blacklist/internal/replay"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// summaryOf replays text and returns what test prints without --json.
func summaryOf(t testing.TB, o replay.Options, text string) string {
	t.Helper()
	s := replay.NewSummary(o.Rules)
	if err := replay.New(o).Read(strings.NewReader(text), s.Add); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Print(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheSummaryTellsWhatWouldHaveHappened(t *testing.T) {
	o := options(t, readFile(t, "mixed.conf"))
	golden.Equal(t, "testdata/mixed.golden", summaryOf(t, o, readFile(t, "mixed.log")))
}

func TestAnEmptyFileHasASummary(t *testing.T) {
	if got, want := summaryOf(t, options(t, sshRules), ""), "0 lines: 0 hits, 0 bans\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheSummaryStaysBoundedAndSaysWhatItLeftOut(t *testing.T) {
	var text strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&text, "Nov 21 10:00:00 h sshd[1]: Invalid user u%d from 203.%d.%d.%d port 1\n", i, i>>16, i>>8&255, i&255)
		fmt.Fprintf(&text, "Nov 21 10:00:00 h often[1]: denied\n")
		fmt.Fprintf(&text, "Nov 21 10:00:00 h %c%c%c%c: denied\n", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i/17576%26)
	}
	got := summaryOf(t, options(t, sshRules), text.String())
	for _, want := range []string{
		"36000 lines", "12000 hits",
		"\nAddresses (the first 20 of 12000)\n",
		"  user (the first 8 of more than ", " hits of rare ones are not counted)",
		"like a failure: 24000 lines (the first 20 of more than ", "  12000 × often[N]: denied\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
}

func TestNoControlCharacterLeavesTheSummary(t *testing.T) {
	var all []byte
	for c := range 256 {
		if c != '\n' {
			all = append(all, byte(c))
		}
	}
	line := "\xc2\x9b\u202e" + string(all)
	got := summaryOf(t, options(t, sshRules),
		"sshd[1]: Invalid user "+line+" from 203.0.113.9\n"+line+": login failed\nd: login failed "+line+" from 203.0.113.9\nd: from 203.0.113.9 denied \x1b[1m\n")
	for _, r := range got {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0xfffd) {
			t.Errorf("%U is in the summary:\n%q", r, got)
		}
	}
}
