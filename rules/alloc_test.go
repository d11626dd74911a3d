//go:build !race

package rules_test

import (
	"testing"

	"syslog-blacklist/rules"
)

// The race detector's code keeps a conversion of the address on the heap.
func TestMatchingAllocatesNothing(t *testing.T) {
	set := rules.Default()
	m := set.Matcher()
	for _, line := range []string{
		"sshd[4711]: Accepted password for root from 192.0.2.7 port 40022 ssh2",
		"sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2",
		"sshd[4711]: Failed password for root from 2001:db8::7 port 40022 ssh2",
		"postfix/smtpd[99]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
		"CRON[99]: pam_unix(cron:session): session opened for user root(uid=0) by root(uid=0)",
	} {
		b := []byte(line)
		var h rules.Hit
		if n := testing.AllocsPerRun(100, func() { m.Match(b, false, &h) }); n != 0 {
			t.Errorf("%v allocations for %s", n, line)
		}
	}
}
