package syslog_test

import (
	"testing"

	"syslog-blacklist/internal/syslog"
)

func TestFirst(t *testing.T) {
	for _, in := range []string{
		"<38>Nov 21 10:00:00 myhost sshd[1]: x y[2]: z",
		"<38>Nov 21 10:00:00 sshd[1]: x y[2]: z",
		"<38>Nov 21 10:00:00 host last message repeated 2 times",
		"<134>Nov 21 10:00:00 haproxy[12]: 192.0.2.7:51914 [21/Nov/2026:10:00:00.123] f",
		"<165>1 2026-11-21T10:00:00.1Z host app 12 ID [a@1 x=\"\\]\"] \xef\xbb\xbfhello",
		"<38>1 - - sshd - - - hello\n",
		"<38>sshd[1]: message repeated 5 times: [ Failed password]",
		"<38>Nov 21 10:00:00 2001:db8::1 named[1]: 21-Nov-2026 10:00:00.123 client",
		"<189>91: *Nov 21 10:00:00.123: %SYS-5-CONFIG_I: x",
		"Nov 21 2026 10:00:00 host : %ASA-6-1: x",
		"apache: [Sat Nov 21 10:00:00.123456 2026] [core:error] x",
		"", "<", "<1", "<13>", "<13>1", "<13>Nov 21 10:00:00",
	} {
		var m syslog.Message
		syslog.Parse(&m, []byte(in))
		t.Logf("%q\n  line %q host %q tag %q pid %q text %q stamp %q prio %d rep %d", in, m.Line, m.Host, m.Tag, m.PID, m.Text, m.Stamp, m.Priority, m.Repeat)
	}
}
