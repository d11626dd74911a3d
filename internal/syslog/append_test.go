package syslog_test

import (
	"strings"
	"testing"
	"time"

	"syslog-blacklist/internal/syslog"
)

var sent = time.Date(2026, 11, 1, 10, 0, 0, 123456789, time.FixedZone("", 3600))

func TestAppendWritesOneLine(t *testing.T) {
	tests := []struct {
		name   string
		header syslog.Header
		text   string
		want   string
	}{
		{"RFC 3164", syslog.Header{Priority: 38, Time: sent, Host: "myhost", Tag: "sshd", PID: 12}, "x",
			"<38>Nov  1 10:00:00 myhost sshd[12]: x"},
		{"RFC 3164 without host and PID", syslog.Header{Priority: 0, Time: sent, Tag: "sshd"}, "x",
			"<0>Nov  1 10:00:00 sshd: x"},
		{"RFC 3164 without a tag", syslog.Header{Priority: 191, Time: sent}, "x",
			"<191>Nov  1 10:00:00 -: x"},
		{"RFC 5424", syslog.Header{Format: syslog.RFC5424, Priority: 38, Time: sent, Host: "myhost", Tag: "sshd", PID: 12}, "x",
			"<38>1 2026-11-01T10:00:00.123456+01:00 myhost sshd 12 - - x"},
		{"RFC 5424 without anything", syslog.Header{Format: syslog.RFC5424, Time: sent.UTC()}, "",
			"<0>1 2026-11-01T09:00:00.123456Z - - - - - "},
		{"control characters become blanks", syslog.Header{Time: sent, Tag: "a"}, "b\r\n<0>c\x00d\te\x1b[0m\x7f",
			"<0>Nov  1 10:00:00 a: b  <0>c d e [0m "},
		{"other bytes stay", syslog.Header{Time: sent, Tag: "a"}, "é\xff", "<0>Nov  1 10:00:00 a: é\xff"},
		{"a tag stays one word", syslog.Header{Time: sent, Host: "h", Tag: "a b[1]: é\n"}, "x",
			"<0>Nov  1 10:00:00 h a_b_1______: x"},
		{"a tag is cut", syslog.Header{Time: sent, Host: "h", Tag: strings.Repeat("t", 99)}, "x",
			"<0>Nov  1 10:00:00 h " + strings.Repeat("t", 48) + ": x"},
		{"a host stays one word", syslog.Header{Time: sent, Host: "-my host:\n", Tag: "a"}, "x",
			"<0>Nov  1 10:00:00 _my_host__ a: x"},
		{"a host that is an IPv6 address", syslog.Header{Time: sent, Host: "2001:db8::1", Tag: "a"}, "x",
			"<0>Nov  1 10:00:00 2001:db8::1 a: x"},
		{"a host that is only like one", syslog.Header{Time: sent, Host: ".::", Tag: "a"}, "x",
			"<0>Nov  1 10:00:00 ___ a: x"},
		{"a host is cut", syslog.Header{Time: sent, Host: strings.Repeat("h", 300), Tag: "a"}, "x",
			"<0>Nov  1 10:00:00 " + strings.Repeat("h", 255) + " a: x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(syslog.Append([]byte("dst"), &test.header, []byte(test.text))); got != "dst"+test.want {
				t.Errorf("\n got %q\nwant %q", got, "dst"+test.want)
			}
		})
	}
}

func TestAppendRefusesAPriorityOutOfRange(t *testing.T) {
	for _, priority := range []int{-1, 192} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("priority %d was written", priority)
				}
			}()
			syslog.Append(nil, &syslog.Header{Priority: priority, Time: sent}, nil)
		}()
	}
}
