package syslog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/syslog"
)

// parse parses a copy of in, with foreign bytes around it that must stay as they are.
func parse(t testing.TB, in string) syslog.Message {
	t.Helper()
	const guard = "0123456789"
	whole := []byte(guard + in + guard)
	b := whole[len(guard) : len(guard)+len(in)]
	var m syslog.Message
	m.Truncated = true
	syslog.Parse(&m, b)
	if string(whole[:len(guard)]) != guard || string(whole[len(whole)-len(guard):]) != guard {
		t.Errorf("%q: bytes beside the message were written", in)
	}
	checkInvariants(t, in, b, &m)
	return m
}

// checkInvariants fails unless m is what the comments of Message promise for any
// message in b.
func checkInvariants(t testing.TB, in string, b []byte, m *syslog.Message) {
	t.Helper()
	for name, part := range map[string][]byte{"Line": m.Line, "Host": m.Host, "Tag": m.Tag, "PID": m.PID, "Text": m.Text, "Stamp": m.Stamp} {
		if !within(b, part) {
			t.Errorf("%q: %s %q lies outside the message", in, name, part)
		}
		if name != "Line" && !strings.Contains(unbroken.Replace(in), string(part)) {
			t.Errorf("%q: %s %q never came", in, name, part)
		}
	}
	if bytes.ContainsAny(m.Line, "\r\n\x00") {
		t.Errorf("%q: a break in Line %q", in, m.Line)
	}
	if !bytes.HasSuffix(m.Line, m.Text) {
		t.Errorf("%q: Text %q is not the end of Line %q", in, m.Text, m.Line)
	}
	head := string(m.Line[:len(m.Line)-len(m.Text)])
	switch tag, pid := string(m.Tag), string(m.PID); {
	case tag == "" && (pid != "" || head != ""):
		t.Errorf("%q: head %q or PID %q without a tag", in, head, pid)
	case tag != "" && pid != "" && !strings.HasPrefix(head, tag+"["+pid+"]"):
		t.Errorf("%q: Line %q does not begin with %s[%s]", in, m.Line, tag, pid)
	case tag != "" && !strings.HasPrefix(head, tag+"[") && !strings.HasPrefix(head, tag+":"):
		t.Errorf("%q: Line %q does not begin with the tag %q", in, m.Line, tag)
	}
	if m.Priority < -1 || m.Priority > 191 {
		t.Errorf("%q: priority %d", in, m.Priority)
	}
	if m.Repeat < 1 || m.Repeat > 1_000_000 {
		t.Errorf("%q: repeat %d", in, m.Repeat)
	}
	if m.Truncated {
		t.Errorf("%q: Truncated is still set", in)
	}
}

var unbroken = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// within tells whether part lies in b's own bytes.
func within(b, part []byte) bool {
	if len(part) == 0 {
		return true
	}
	for i := range b {
		if &b[i] == &part[0] {
			return len(part) <= len(b)-i
		}
	}
	return false
}

// got turns m into the sample that it fulfils.
func got(name, in string, m *syslog.Message) sample {
	s := sample{name: name, in: in, line: string(m.Line), host: string(m.Host), tag: string(m.Tag), pid: string(m.PID),
		stamp: string(m.Stamp), pri: m.Priority, times: m.Repeat}
	if s.times == 1 {
		s.times = 0
	}
	return s
}

func TestParseReadsWhatSendersReallySend(t *testing.T) {
	for _, want := range samples {
		t.Run(want.name, func(t *testing.T) {
			m := parse(t, want.in)
			if diff := cmp.Diff(want, got(want.name, want.in, &m), cmp.AllowUnexported(sample{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestEverySampleTruncatedAtEveryByteIsRead(t *testing.T) {
	for _, s := range samples {
		for n := range s.in {
			parse(t, s.in[:n])
			parse(t, s.in[n:])
		}
	}
}

func TestAWordBeyondTheBoundIsText(t *testing.T) {
	long := strings.Repeat("a", 64<<10)
	tests := []struct{ name, in, line, host, tag string }{
		{"tag", "<13>" + long + ": x", long + ": x", "", ""},
		{"PID", "<13>a[" + long + "]: x", "a[" + long + "]: x", "", ""},
		{"host", "<13>" + bsd + " " + long + " a: x", long + " a: x", "", ""},
		{"IPv6 host", "<13>" + bsd + " ::" + long + " a: x", "::" + long + " a: x", "", ""},
		{"APP-NAME", "<13>1 - h " + long + " 1 - - x", "1 - h " + long + " 1 - - x", "", ""},
		{"tag of 255 bytes is one", "<13>" + long[:255] + ": x", long[:255] + ": x", "", long[:255]},
		{"host of 255 bytes is one", "<13>" + bsd + " " + long[:255] + " a: x", "a: x", long[:255], "a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := parse(t, test.in)
			if string(m.Line) != test.line || string(m.Host) != test.host || string(m.Tag) != test.tag {
				t.Errorf("line of %d bytes, host of %d, tag of %d; want %d, %d, %d",
					len(m.Line), len(m.Host), len(m.Tag), len(test.line), len(test.host), len(test.tag))
			}
		})
	}
}

func TestEveryByteAtEveryPlaceIsKeptUnlessItBreaksTheLine(t *testing.T) {
	for _, n := range []int{1, 15, 16, 17, 31, 40} {
		for at := range n {
			for c := range 256 {
				in := []byte(strings.Repeat("x", n))
				in[at] = byte(c)
				want := strings.TrimRight(strings.TrimLeft(string(in), " \r\n\x00"), "\r\n\x00")
				want = unbroken.Replace(want)
				if m := parse(t, string(in)); string(m.Line) != want {
					t.Errorf("%q is the line %q, want %q", in, m.Line, want)
				}
			}
		}
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	var m syslog.Message
	buf := make([]byte, 1024)
	for _, s := range samples {
		if n := testing.AllocsPerRun(10, func() {
			syslog.Parse(&m, buf[:copy(buf, s.in)])
		}); n != 0 {
			t.Errorf("%s: %v allocations", s.name, n)
		}
	}
}
