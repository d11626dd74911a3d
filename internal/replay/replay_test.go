package replay_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/replay"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// now is when all replays of the tests happen.
var now = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

const sshRules = `
[unknown user]
1h after 3 in 10m doubling to 4w
^sshd\[\d+\]: Invalid user (?P<user>.*) from {IP_NUMBER}(?: port \d+)?$
`

// options returns what a test replays with; text is the rules file.
func options(t testing.TB, text string) replay.Options {
	t.Helper()
	set, faults := rules.Parse("rules.conf", []byte(text))
	if set == nil {
		t.Fatal(faults)
	}
	var spared []spare.Entry
	for _, n := range set.Never() {
		spared = append(spared, spare.Entry{Prefix: n.Prefix, Reason: spare.NeverRule})
	}
	return replay.Options{Rules: set, Spared: spared, Limit: 64 << 10, Now: now}
}

// jsonOf replays texts, one after the other, and returns what --json prints.
func jsonOf(t testing.TB, o replay.Options, texts ...string) string {
	t.Helper()
	var out bytes.Buffer
	r, j := replay.New(o), replay.NewJSON(&out)
	for _, text := range texts {
		if err := r.Read(strings.NewReader(text), j.Write); err != nil {
			t.Fatal(err)
		}
	}
	if j.Err() != nil {
		t.Fatal(j.Err())
	}
	return out.String()
}

// object is what --json prints for a line; empty values stand for null.
func nothing(line string) string {
	return `{"line":` + line + `,"entry":null,"verdict":null,"address":null,"details":{},"spared":null,"ban":null}` + "\n"
}

func TestEveryLineIsOneObject(t *testing.T) {
	tests := []struct {
		name, rules, text, want string
	}{
		{"an empty line counts", sshRules, "\n", nothing("1")},
		{"the last line needs no end", sshRules, "a\nb", nothing("1") + nothing("2")},
		{
			"a hit that is only counted bans nobody", sshRules,
			"Nov 21 10:00:00 h sshd[1]: Invalid user root from 203.0.113.9 port 22\n",
			`{"line":1,"entry":"unknown user","verdict":"block","address":"203.0.113.9","details":{"user":"root"},"spared":null,"ban":null}` + "\n",
		},
		{
			"a repeated line counts as often, and tells the ban", sshRules,
			"<38>Nov 21 10:00:00 h sshd[1]: message repeated 3 times: [ Invalid user root from 2001:db8::9]\n",
			`{"line":1,"entry":"unknown user","verdict":"block","address":"2001:db8::9","details":{"user":"root"},"spared":null,"ban":{"until":"2026-11-21T11:00:00Z","nth":1}}` + "\n",
		},
		{
			"a ban for ever has no end", "[a]\nforever\n^a: {IP_NUMBER}$", "a: 203.0.113.9\n",
			`{"line":1,"entry":"a","verdict":"block","address":"203.0.113.9","details":{},"spared":null,"ban":{"until":null,"nth":1}}` + "\n",
		},
		{
			"the spared are told and not banned", "[a]\n1h\n^a: {IP_NUMBER}$", "a: 127.0.0.1\n",
			`{"line":1,"entry":"a","verdict":"block","address":"127.0.0.1","details":{},"spared":"loopback","ban":null}` + "\n",
		},
		{
			"never spares", "never 203.0.113.0/24\n[a]\n1h\n^a: {IP_NUMBER}$", "a: 203.0.113.9\n",
			`{"line":1,"entry":"a","verdict":"block","address":"203.0.113.9","details":{},"spared":"never","ban":null}` + "\n",
		},
		{
			"an ignored line has its entry", "[a]\nignore\n^a: b$", "a: b\n",
			`{"line":1,"entry":"a","verdict":"ignore","address":null,"details":{},"spared":null,"ban":null}` + "\n",
		},
		{
			"a session lends its address",
			"[c]\nremember 2m\n^d\\[\\d+\\]: from {IP_NUMBER}$\n[f]\n1h\n^d\\[\\d+\\]: bad$\n[e]\nforget\n^d\\[\\d+\\]: end$",
			"d[1]: bad\nd[1]: from 203.0.113.9\nd[1]: bad\nd[1]: end\n",
			`{"line":1,"entry":"f","verdict":"block","address":null,"details":{},"spared":null,"ban":null}` + "\n" +
				`{"line":2,"entry":"c","verdict":"remember","address":"203.0.113.9","details":{},"spared":null,"ban":null}` + "\n" +
				`{"line":3,"entry":"f","verdict":"block","address":"203.0.113.9","details":{},"spared":null,"ban":{"until":"2026-11-22T13:00:00Z","nth":1}}` + "\n" +
				`{"line":4,"entry":"e","verdict":"forget","address":null,"details":{},"spared":null,"ban":null}` + "\n",
		},
		{
			"an acceptance is no ban", "[a]\naccept 1h\n^a: {IP_NUMBER}$", "a: 203.0.113.9\n",
			`{"line":1,"entry":"a","verdict":"accept","address":"203.0.113.9","details":{},"spared":null,"ban":null}` + "\n",
		},
		{
			"nothing of a line reaches a terminal", sshRules,
			"sshd[1]: Invalid user \x1b]0;x\x07\x7f\xc2\x9b\u202e\xff\U000e0001 from 203.0.113.9\n",
			`{"line":1,"entry":"unknown user","verdict":"block","address":"203.0.113.9","details":{"user":"\u001b]0;x\u0007\u007f\u009b\u202e\ufffd\udb40\udc01"},"spared":null,"ban":null}` + "\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, jsonOf(t, options(t, tt.rules), tt.text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
