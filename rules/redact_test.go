package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/rules"
)

// redacted returns the line that a rules file recognises as it may be shown.
func redacted(t *testing.T, file, line string, show ...string) string {
	t.Helper()
	set := mustParse(t, file)
	m := set.Matcher()
	defer set.Release(m)
	var h rules.Hit
	if !m.Match([]byte(line), false, &h) {
		t.Fatalf("%q matches nothing", line)
	}
	return h.Pattern.Redact(line, show...)
}

func TestARedactedLineHoldsTheRulesWordsAndTheAddressOnly(t *testing.T) {
	own := func(pattern string) string { return "[x]\n1h\n" + pattern + "\n" }
	for _, tt := range []struct {
		name, file, line string
		show             []string
		want             string
	}{
		{"a user", "use sshd", "sshd[4711]: Failed password for alice from 203.0.113.9 port 50022 ssh2", nil,
			"sshd[***]: Failed *** for *** from 203.0.113.9 port *** ssh***"},
		{"a user that is allowed", "use sshd", "sshd[4711]: Invalid user alice from 203.0.113.9 port 50022", []string{"user"},
			"sshd[***]: Invalid user alice from 203.0.113.9 port ***"},
		{"a host's own address", own(`^dovecot: Aborted login \(.*\): user=<(?P<user>[^>]*)>, rip={IP_NUMBER}, lip=[\d.a-f:]+`),
			"dovecot: Aborted login (no auth): user=<bob>, rip=203.0.113.9, lip=192.0.2.7, session=<abc>", nil,
			"dovecot: Aborted login (***): user=<***>, rip=203.0.113.9, lip=***"},
		{"what stands before and behind", own(`from {IP_NUMBER} port`), "mx1 app: bob from 203.0.113.9 port 7 to 192.0.2.7", nil,
			"***from 203.0.113.9 port***"},
		{"repetitions", own(`^a(?: \w+)* from {IP_NUMBER}$`), "a b c d from 2001:db8::1", nil, "a*** from 2001:db8::1"},
		{"a group inside a group", own(`^a (x(y(?P<user>\w+))) from {IP_NUMBER}$`), "a xybob from 203.0.113.9", nil, "a xy*** from 203.0.113.9"},
		{"a group that is allowed, with groups inside", own(`^a (?P<user>b(\w+)) from {IP_NUMBER}$`), "a bob from 203.0.113.9", []string{"user"}, "a bob from 203.0.113.9"},
		{"signs", own(`^a[ :]+b[.:]{IP_NUMBER}$`), "a: b:203.0.113.9", nil, "a***b:203.0.113.9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, redacted(t, tt.file, tt.line, tt.show...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A secret that is put into any field of a sample, where it matches still, is gone.
func TestNothingInAFieldIsShown(t *testing.T) {
	const secret = "zqzqsecretzqzq"
	shippedSamples(t, func(t *testing.T, own, _ *rules.Set, samples []sample) {
		for _, s := range samples {
			address, _, _ := strings.Cut(s.want, " ")
			for _, f := range fields(own, s.line, address) {
				line := f.line[:f.start] + secret + f.line[f.end:]
				h, ok := match(own, line)
				if !ok {
					continue
				}
				if shown := h.Pattern.Redact(line); strings.Contains(shown, secret) || shown == rules.Hidden {
					t.Errorf("%q becomes %q", line, shown)
				}
			}
		}
	})
}
