package main_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckShowsByWhichLineTheAddressIsChosen(t *testing.T) {
	conf := file(t, "rules.conf", `[origin]
12h
^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
# steering: accounts have no blanks here
^sshd\[\d+\]: Accepted password for \w+ from {IP_NUMBER}
`)
	const steered = `:3:1: warning: somebody can choose the address: match what others choose with .* and go on to the end of the line with $, or say in a "# steering:" comment above why nobody can
    ^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
    ^
    sshd[1]: Failed password for x from 198.51.100.9 from 192.0.2.1
                                        ^^^^^^^^^^^^ is taken
                                                          ^^^^^^^^^ is the client's
`
	const silenced = `:5:1: warning: somebody can choose the address: match what others choose with .* and go on to the end of the line with $, or say in a "# steering:" comment above why nobody can
    ^sshd\[\d+\]: Accepted password for \w+ from {IP_NUMBER}
    ^
    sshd[1]: Accepted password for x from 198.51.100.9 from 192.0.2.1
                                          ^^^^^^^^^^^^ is taken
                                                            ^^^^^^^^^ is the client's
    silenced: accounts have no blanks here
`
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"a warning is no fault", nil, 0, conf + steered + conf + ": 1 entries, no faults\n"},
		{"--strict lists the silenced and fails", []string{"--strict"}, 1,
			conf + steered + conf + silenced + conf + ": 1 entries, no faults\nsyslog-blacklist: there are warnings, and --strict was given\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, out := syslogBlacklist(t, append([]string{"check", "--rules", conf}, tt.args...)...)
			// ^sshd\[ also means sshd-session, which a note says.
			if i := strings.Index(out, conf+":3:1: warning"); i > 0 {
				out = out[i:]
			}
			if status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			if diff := cmp.Diff(tt.want, out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStrictCheckPassesWhenAllThatIsFoundIsSilenced(t *testing.T) {
	conf := file(t, "rules.conf", "[a]\n12h\n# steering: accounts have no blanks here\n^foo: Accepted password for \\w+ from {IP_NUMBER}\n")
	status, out := syslogBlacklist(t, "check", "--strict", "--rules", conf)
	if status != 0 || !strings.Contains(out, "silenced: accounts have no blanks here") {
		t.Errorf("exit status %d\n%s", status, out)
	}
}
