package steer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/steer"
)

// address is a simple one, for patterns that are short enough to read.
const address = `(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}\b)`

func patterns(texts ...string) []steer.Pattern {
	var out []steer.Pattern
	for _, text := range texts {
		out = append(out, steer.Pattern{Expr: strings.ReplaceAll(text, "{IP}", address), Group: "address"})
	}
	return out
}

// show writes a finding as: what, the line, its address that is taken, the true one.
func show(f steer.Finding) string {
	what := map[steer.Kind]string{
		steer.Overflow: "overflow", steer.ForeignStart: "foreign start", steer.Union: "union",
		steer.BorrowedEnd: "borrowed end", steer.NotProved: "not proved",
	}[f.Kind]
	if f.Line == "" {
		return what
	}
	s := what + ": " + f.Line + " takes " + f.Line[f.Taken[0]:f.Taken[1]]
	if f.True != [2]int{} {
		s += " for " + f.Line[f.True[0]:f.True[1]]
	}
	return s
}

func prove(t testing.TB, patterns []steer.Pattern) []string {
	t.Helper()
	findings, err := steer.Prove(t.Context(), patterns)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range findings {
		out = append(out, show(f))
	}
	return out
}

func TestWhatIsSaidOfAPattern(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		want          []string
	}{
		{"nothing before the address is the client's",
			`^sshd\[\d+\]: Connection from {IP} port`, nil},
		{"a name without blanks is one with blanks to the daemon",
			`^sshd\[\d+\]: Failed password for \w+ from {IP}`,
			[]string{"overflow: sshd[1]: Failed password for x from 198.51.100.9 from 192.0.2.1 takes 198.51.100.9 for 192.0.2.1"}},
		{"one reading, and steered all the same",
			`^sshd\[\d+\]: Invalid user (\S+) from {IP}`,
			[]string{"overflow: sshd[1]: Invalid user x from 198.51.100.9 from 192.0.2.1 takes 198.51.100.9 for 192.0.2.1"}},
		{"a greedy field believes what follows the address",
			`^a: user .* from {IP} port`,
			[]string{"overflow: a: user  from 192.0.2.1 port from 198.51.100.9 port takes 198.51.100.9 for 192.0.2.1"}},
		{"a lazy field believes what the field holds",
			`^a: user .*? from {IP} port`,
			[]string{"overflow: a: user  from 198.51.100.9 port from 192.0.2.1 port takes 198.51.100.9 for 192.0.2.1"}},
		{"the whole line is followed to its end",
			`^a: user .* from {IP} port \d+$`,
			[]string{"borrowed end: a: user  from 192.0.2.1 port 1 from 198.51.100.9 port 1 takes 198.51.100.9 for 192.0.2.1"}},
		{"a field behind the address reaches to the end as well",
			`^a: user .* from {IP} reason .*$`,
			[]string{"overflow: a: user  from 192.0.2.1 reason from 198.51.100.9 reason  takes 198.51.100.9 for 192.0.2.1"}},
		{"digits are the daemon's own",
			`^a: session \d+ [0-9a-f]+ from {IP}`, nil},
		{"names of hosts are the daemon's own",
			`^a: host [-.\w]+ {IP}`, nil},
		{"names in a group are a user's",
			`^a: user (?P<user>[-.\w]+) {IP}`,
			[]string{"overflow: a: user x 198.51.100.9 192.0.2.1 takes 198.51.100.9 for 192.0.2.1"}},
		{"words of a fixed length are the daemon's own",
			`^a: \w{3} {IP}`, nil},
		{"what ends at a quote is believed to hold one",
			`^a: user "[^"]*" {IP}`,
			[]string{`overflow: a: user "" 198.51.100.9" 192.0.2.1 takes 198.51.100.9 for 192.0.2.1`}},
		{"what spells its escapes is believed to escape",
			`^a: user "(?:[^"\\]|\\.)*" {IP}`, nil},
		{"no beginning at all",
			`user \w+ from {IP}$`,
			[]string{"foreign start: any: user x from 198.51.100.9 takes 198.51.100.9"}},
		{"a beginning that is any program's",
			`^[-\w]+: refused {IP}`,
			[]string{
				"foreign start: x: refused 198.51.100.9 takes 198.51.100.9",
				"overflow: x: refused 198.51.100.9: refused 192.0.2.1 takes 198.51.100.9 for 192.0.2.1"}},
		{"an anchor in one alternative only",
			`(?:^a: b|c) {IP}`,
			[]string{"foreign start: any: c 198.51.100.9 takes 198.51.100.9"}},
		{"a tag among several",
			`^(?:sshd|dropbear)(?:\[\d+\])?: from {IP}`, nil},
		{"a tag in any case",
			`(?i)^asterisk: from {IP}`, nil},
		{"large counts",
			`^a: .{0,256} from {IP} port \d{1,5}$`,
			[]string{"borrowed end: a:  from 192.0.2.1 port 1 from 198.51.100.9 port 1 takes 198.51.100.9 for 192.0.2.1"}},
		{"a large count alone keeps the readings apart: beyond what is counted",
			`^a: (?:[\d.-]{70} )?{IP}-{30} `,
			[]string{"not proved"}},
		{"too many ways to try",
			`^a: .* (?:(?:[ x]{8}){8}){8} {IP} (?:(?:[ x]{8}){8}){8}$`,
			[]string{"not proved"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, prove(t, patterns(tt.pattern))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.pattern, diff)
			}
		})
	}
}

func TestAddressesAreShownAsTheirPatternWantsThem(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"version 6 alone", `[0-9a-f:]*::[0-9a-f:]*`,
			"overflow: a: x 2001:db8::9 2001:db8::1 takes 2001:db8::9 for 2001:db8::1"},
		{"none that is meant for documentation", `10\.\d\.\d\.\d`,
			"overflow: a: x 10.1.1.1 10.1.1.1 takes 10.1.1.1 for 10.1.1.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := steer.Pattern{Expr: `^a: \S+ (?P<address>` + tt.address + `)`, Group: "address"}
			if diff := cmp.Diff([]string{tt.want}, prove(t, []steer.Pattern{p})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadPatternsAreErrors(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{"^a: (", "prove pattern 0: error parsing regexp: missing closing ): `^a: (`"},
		{"^a: (.*)", "prove pattern 0: no group address in ^a: (.*)"},
	} {
		_, err := steer.Prove(t.Context(), []steer.Pattern{{Expr: tt.expr, Group: "address"}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestOnePatternTakesWhatAnotherProtects(t *testing.T) {
	loose := `^a: user root from {IP}`
	strict := `^a: user .* from {IP} port \d+$`
	want := []string{
		"borrowed end: a: user  from 192.0.2.1 port 1 from 198.51.100.9 port 1 takes 198.51.100.9 for 192.0.2.1",
		"union: a: user root from 198.51.100.9 from 192.0.2.1 port 1 takes 198.51.100.9 for 192.0.2.1",
	}
	if diff := cmp.Diff(want, prove(t, patterns(loose, strict))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// In the other order the strict one takes what it is right for, and is wrong for the loose one.
	want[1] = "union: a: user root from 192.0.2.1 from 198.51.100.9 port 1 takes 198.51.100.9 for 192.0.2.1"
	if diff := cmp.Diff(want, prove(t, patterns(strict, loose))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPatternsOfDifferentProgramsDoNotMeet(t *testing.T) {
	if got := prove(t, patterns(`^aaa: user root from {IP}`, `^aab: user \d* from {IP} port \d+$`)); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestWhatWasProvedElsewhereIsTriedOnlyWithOthers(t *testing.T) {
	ps := patterns(`^a: user root from {IP}`, `^a: user .* from {IP} port \d+$`, `^a: user \w+ {IP}`)
	for i := range ps {
		ps[i].Proved = true
	}
	if got := prove(t, ps); got != nil {
		t.Errorf("got %q", got)
	}
	ps[0].Proved = false
	for _, got := range prove(t, ps) {
		if !strings.HasPrefix(got, "union: a: user root from 198.51.100.9 ") {
			t.Errorf("got %q, want unions with the first", got)
		}
	}
}

func TestWhereOthersWordsAreKnownTheRestIsTheDaemonsOwn(t *testing.T) {
	ps := patterns(`^a: user (?P<user>.*) from {IP} key (?P<key>\w+)$`)
	for _, tt := range []struct {
		others []string
		want   string
	}{
		{nil, "overflow: a: user  from 192.0.2.1 key from 198.51.100.9 key x takes 198.51.100.9 for 192.0.2.1"},
		{[]string{"user", "key"}, "overflow: a: user  from 192.0.2.1 key from 198.51.100.9 key x takes 198.51.100.9 for 192.0.2.1"},
		{[]string{"user"}, "borrowed end: a: user  from 192.0.2.1 key from 198.51.100.9 key x takes 198.51.100.9 for 192.0.2.1"},
		{[]string{}, "borrowed end: a: user  from 192.0.2.1 key from 198.51.100.9 key x takes 198.51.100.9 for 192.0.2.1"},
	} {
		ps[0].Others = tt.others
		if got := strings.Join(prove(t, ps), ", "); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.others, got, tt.want)
		}
	}
}
