package rules_test

import (
	"net/netip"
	"testing"

	"syslog-blacklist/rules"
)

// The entry and the line of the document that the program comes from.
const originEntry = `[failed ssh user]
12h # amount of time user is blocked
^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
`

func TestTheOriginsEntryBlocksTheOriginsLine(t *testing.T) {
	set := mustParse(t, originEntry)
	h, ok := match(set, "sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2")
	if !ok {
		t.Fatal("no match")
	}
	if h.Entry.Name != "failed ssh user" || h.Addr != netip.MustParseAddr("192.0.2.7") {
		t.Errorf("got %s for %s", h.Addr, h.Entry.Name)
	}
	if v := h.Entry.Verdicts; len(v) != 1 || v[0] != (rules.Verdict{For: 12 * 3600e9, After: 1}) {
		t.Errorf("verdicts %+v", v)
	}
}

// mustParse parses a text without errors.
func mustParse(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, faults := rules.Parse("test.conf", []byte(text))
	if set == nil {
		for _, f := range faults {
			t.Log(f.Format())
		}
		t.Fatal("faulty rules")
	}
	return set
}

func match(set *rules.Set, line string) (rules.Hit, bool) {
	m := set.Matcher()
	defer set.Release(m)
	var h rules.Hit
	ok := m.Match([]byte(line), false, &h)
	return h, ok
}

func TestTheAddressIsReadWholeOrNotAtAll(t *testing.T) {
	for _, c := range []struct{ name, pattern, line, want string }{
		{"IPv4", `^x: from {IP_NUMBER} port`, "x: from 192.0.2.1 port 22", "192.0.2.1"},
		{"at the end", `^x: from {IP_NUMBER}`, "x: from 192.0.2.1", "192.0.2.1"},
		{"before a full stop", `^x: from {IP_NUMBER}`, "x: from 192.0.2.1.", "192.0.2.1"},
		{"before a colon and text", `^x: from {IP_NUMBER}`, "x: from 192.0.2.1: bad", "192.0.2.1"},
		{"a host name that begins with an address", `^x: from {IP_NUMBER}`, "x: from 109.215.211.35.bc.example.com", ""},
		{"the same behind a loop", `^x: .*{IP_NUMBER}`, "x: from 109.215.211.35.bc.example.com", ""},
		{"the same before a loop", `^x: from {IP_NUMBER}.*`, "x: from 109.215.211.35.bc.example.com", ""},
		{"five octets", `^x: from {IP_NUMBER}`, "x: from 1.2.3.4.5", ""},
		{"five octets behind a loop", `^x: .*{IP_NUMBER}`, "x: from 1.2.3.4.5", ""},
		{"a leading zero", `^x: from {IP_NUMBER}`, "x: from 192.0.2.01", ""},
		{"a time before the address", `{IP_NUMBER}`, "x: 12:34:56 from 192.0.2.1", "192.0.2.1"},
		{"a MAC before the address", `{IP_NUMBER}`, "x: 00:1b:44:11:3a:b7 from 192.0.2.1", "192.0.2.1"},
		{"mapped", `^x: from {IP_NUMBER}`, "x: from ::ffff:192.0.2.1", "192.0.2.1"},
		{"mapped, in full", `^x: from {IP_NUMBER}`, "x: from 0:0:0:0:0:FFFF:192.0.2.1", "192.0.2.1"},
		{"mapped, in hex", `^x: from {IP_NUMBER}`, "x: from ::ffff:c000:201", "192.0.2.1"},
		{"brackets and a port", `^x: from {IP_NUMBER}:\d+`, "x: from [2001:db8::1]:22", "2001:db8::1"},
		{"brackets and no port in the pattern", `^x: from {IP_NUMBER}`, "x: from [2001:db8::1]:22", "2001:db8::1"},
		{"a zone", `^x: from {IP_NUMBER}`, "x: from fe80::1%eth0", "fe80::1"},
		{"a zone and a port", `^x: from {IP_NUMBER}:\d+`, "x: from [fe80::1%eth0.5]:22", "fe80::1"},
		{"a port", `^x: {IP_NUMBER}:\d+`, "x: 192.0.2.1:443", "192.0.2.1"},
		{"a port after IPv6", `^x: \[client {IP_NUMBER}:\d+\]`, "x: [client ::1:58619]", "::1"},
		{"a short port after IPv6", `^x: \[client {IP_NUMBER}:\d+\]`, "x: [client 2001:db8::1:5861]", "2001:db8::1"},
		{"an optional port at the end", `^x: {IP_NUMBER}(?::\d+)?`, "x: 192.0.2.1:22-bc", "192.0.2.1"},
		{"an optional port that isn't there", `^x: {IP_NUMBER}(?::\d+)?`, "x: 192.0.2.1-bc", ""},
		{"an optional word before it", `(?:from )?{IP_NUMBER}`, "x: from 192.0.2.1", "192.0.2.1"},
		{"an optional word that isn't there", `(?:from )?{IP_NUMBER}`, "x: by-192.0.2.1", ""},
		{"rip=", `^x: .*rip={IP_NUMBER},`, "x: user=<a>, rip=2001:db8::7, lip=::1", "2001:db8::7"},
		{"in the author's brackets", `^x: \[{IP_NUMBER}\]$`, "x: [192.0.2.1]", "192.0.2.1"},
		{"in a group", `^x: (?P<a>from {IP_NUMBER} \S+)`, "x: from 192.0.2.1 y", "192.0.2.1"},
		{"alone in a group", `({IP_NUMBER})`, "x: from 192.0.2.1 y", "192.0.2.1"},
		{"at the end of a group that is all there is", `(?:(x: from {IP_NUMBER}))`, "x: from 192.0.2.1", "192.0.2.1"},
		{"the same before the rest of a name", `(x: from {IP_NUMBER})`, "x: from 192.0.2.1.example.com", ""},
		{"behind an alternation", `^x: (?:from |by ){IP_NUMBER}`, "x: by 192.0.2.1", "192.0.2.1"},
		{"behind an alternation of a loop", `^x: (?:\S+|by ){IP_NUMBER}`, "x: a.192.0.2.1", ""},
		{"a network", `^x: {IP_NUMBER}/\d+`, "x: 192.0.2.1/24", "192.0.2.1"},
		{"a number", `{IP_NUMBER}`, "x: 1.2.3 and 4", ""},
		{"invalid UTF-8 beside it", `^x: .*{IP_NUMBER}`, "x: \xff192.0.2.1\xff", "192.0.2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := mustParse(t, "[e]\n1h\n"+c.pattern+"\n")
			got := ""
			if h, ok := match(set, c.line); ok {
				got = h.Addr.String()
			}
			if got != c.want {
				t.Errorf("%s on %q: got %q, want %q\nas %s", c.pattern, c.line, got, c.want, set.Entries()[0].Patterns[0].Expr())
			}
		})
	}
}

func TestTheFirstEntryThatMatchesDecides(t *testing.T) {
	set := mustParse(t, `
[alice]
5m
^sshd\[\d+\]: Failed password for alice from {IP_NUMBER}
[user]
1h
^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
! for (?:backup|monitor) from
[the excluded]
ignore
^sshd\[\d+\]: Failed password for backup
`)
	for user, want := range map[string]string{"alice": "alice", "bob": "user", "backup": "the excluded", "monitor": ""} {
		got := ""
		if h, ok := match(set, "sshd-session[1]: Failed password for "+user+" from 192.0.2.1"); ok {
			got = h.Entry.Name
		}
		if got != want {
			t.Errorf("%s: got [%s], want [%s]", user, got, want)
		}
	}
}

func TestATruncatedLineNeverMatchesWhatItsEndDecides(t *testing.T) {
	for _, c := range []struct {
		pattern, line string
		want          bool
	}{
		{`^x: from {IP_NUMBER} port \d+$`, "x: from 192.0.2.1 port 22", false},
		{`^x: from {IP_NUMBER}(?: port \d+)?$`, "x: from 192.0.2.1 port 22", false},
		{`^x: from {IP_NUMBER} port`, "x: from 192.0.2.1 port 22", true},
		{`^x: from {IP_NUMBER}`, "x: from 192.0.2.1", false},
		{`^x: from {IP_NUMBER}`, "x: from 192.0.2.1.", false},
		{`^x: from {IP_NUMBER}`, "x: from 192.0.2.1 p", true},
	} {
		set := mustParse(t, "[e]\n1h\n"+c.pattern+"\n")
		var h rules.Hit
		if got := set.Matcher().Match([]byte(c.line), true, &h); got != c.want {
			t.Errorf("%s on a truncated %q: got %t", c.pattern, c.line, got)
		}
	}
}

func TestGroupsAreReported(t *testing.T) {
	set := mustParse(t, `[e]
1h
^x: (?P<session>\w+): user=(?P<user>\w*) (?P<tls>TLS )?from {IP_NUMBER}
`)
	h, ok := match(set, "x: 4F7: user=root from 192.0.2.1")
	if !ok {
		t.Fatal("no match")
	}
	if string(h.Session) != "4F7" || len(h.Details) != 1 || h.Details[0].Name != "user" || string(h.Details[0].Value) != "root" {
		t.Errorf("session %q, details %q", h.Session, h.Details)
	}
}

// All shipped rules, on lines of sshd and Postfix.
func BenchmarkMatch(b *testing.B) {
	m := mustParse(b, "use all\n").Matcher()
	for _, kind := range []struct{ name, line string }{
		{"password", "sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2"},
		{"unknown user", "sshd[4711]: Invalid user oracle from 192.0.2.7 port 40022"},
		{"sasl", "postfix/smtpd[4711]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6"},
		{"accepted", "sshd[4711]: Accepted password for root from 192.0.2.7 port 40022 ssh2"},
		{"session", "sshd[4711]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)"},
		{"connect", "postfix/smtpd[4711]: connect from mail.example.net[192.0.2.7]"},
	} {
		b.Run(kind.name, func(b *testing.B) {
			b.ReportAllocs()
			line := []byte(kind.line)
			var h rules.Hit
			for b.Loop() {
				m.Match(line, false, &h)
			}
		})
	}
}

func BenchmarkParseShippedRules(b *testing.B) {
	for b.Loop() {
		if set, _ := rules.Parse("b", []byte("use all\n")); set == nil {
			b.Fatal("faulty")
		}
	}
}
