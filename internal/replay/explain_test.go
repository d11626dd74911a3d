package replay_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"syslog-blacklist/internal/golden"
	"syslog-blacklist/internal/replay"
)

func explained(t testing.TB, o replay.Options, colour bool, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	r := replay.New(o)
	for _, line := range lines {
		if err := r.Explain(&out, line, colour); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

const explainRules = `
never 198.51.100.0/24

[ssh key]
1h
^sshd\[\d+\]: Failed publickey for .* from {IP_NUMBER} port \d+ ssh2$

[ssh user]
1h after 2 in 10m doubling to 4w
1d after 8 different user in 1h
^sshd\[\d+\]: Invalid user (?P<user>.*) from {IP_NUMBER} port \d+$
! ^sshd\[\d+\]: Invalid user (?:backup|monitor) from

[ssh anything]
5m
^sshd\[\d+\]: .* from {IP_NUMBER} port \d+

[imap]
remember 2m
^imapd\[\d+\]: connect from {IP_NUMBER}$

[imap failure]
1h
^imapd\[\d+\]: login failed$

[imap end]
forget
^imapd\[\d+\]: bye$

[mail]
accept 12h
^mail: {IP_NUMBER}$

[cron]
ignore
^cron\[
`

func TestALineIsExplained(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
	}{
		{"hit", []string{"<38>Nov 21 10:00:00 gate sshd[7]: Invalid user root from 203.0.113.9 port 22"}},
		{"ban", []string{
			"<38>1 2026-11-21T10:00:00Z gate sshd 7 - - Invalid user root from 2001:db8::9 port 22",
			"<38>1 2026-11-21T10:00:01Z gate sshd 7 - - Invalid user root from 2001:db8::9 port 22",
			"<38>1 2026-11-21T10:00:01Z gate sshd 7 - - Invalid user root from 2001:db8::9 port 22",
		}},
		{"excluded", []string{"sshd[7]: Invalid user backup from 203.0.113.9 port 22"}},
		{"near", []string{"sshd[7]: Failed publickey for root from 203.0.113.9 port 22 ssh3"}},
		{"no-address", []string{"sshd[7]: Invalid user x from 203.0.113.999 port 22"}},
		{"spared", []string{"sshd[7]: Invalid user x from 198.51.100.9 port 22"}},
		{"session", []string{"imapd[8]: login failed", "imapd[8]: connect from 203.0.113.9", "imapd[8]: login failed", "imapd[8]: bye"}},
		{"accept-and-ignore", []string{"mail: 203.0.113.9", "cron[1]: x"}},
		{"nothing", []string{"ftpd[9]: login failed for \x1b[31mbob\x1b[0m", "ftpd[9]: login failed for bob from 203.0.113.9", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden.Equal(t, filepath.Join("testdata/explain", tt.name+".golden"), explained(t, options(t, explainRules), false, tt.lines...))
		})
	}
}

func TestColourIsForTerminalsOnly(t *testing.T) {
	const line = "sshd[7]: Failed publickey for root from 203.0.113.9 port 22 ssh3"
	o := options(t, explainRules)
	if got := explained(t, o, false, line); strings.Contains(got, "\x1b") {
		t.Errorf("an escape without colour:\n%q", got)
	}
	golden.Equal(t, filepath.Join("testdata/explain", "colour.golden"), explained(t, o, true, line))
}

func TestNoControlCharacterLeavesAnExplanation(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	for _, head := range []string{"", "<38>", "<38>Nov 21 10:00:00 ", "sshd[7]: Invalid user ", "sshd[7]: Failed publickey for ", "ftpd: login failed "} {
		got := explained(t, options(t, explainRules), false, head+"\xc2\x9b\u202e"+string(all)+" from 203.0.113.9 port 22")
		for _, r := range got {
			if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0xfffd) {
				t.Errorf("behind %q: %U is in the explanation:\n%q", head, r, got)
			}
		}
	}
}

func TestALineIsExplainedByAllShippedRules(t *testing.T) {
	got := explained(t, options(t, "use all\n"), false, "sshd[7]: Invalid user root from 203.0.113.9 port 22")
	if !strings.Contains(got, "\nVerdict block [sshd unknown user] ") {
		t.Errorf("got:\n%s", got)
	}
}
