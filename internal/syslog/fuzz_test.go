package syslog_test

import (
	"bytes"
	"strings"
	"testing"

	"syslog-blacklist/internal/syslog"
)

// FuzzParse: whatever comes, Message's promises hold, and the line that came
// out, sent on behind another header, comes out the same.
func FuzzParse(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m := parse(t, string(in))
		line := string(m.Line)
		if strings.HasPrefix(string(m.Text), "message repeated ") {
			return // folded twice, which no sender does
		}
		if word, _, _ := strings.Cut(line, " "); len(word) >= 32 && strings.HasSuffix(word, "]") {
			return // behind a host rsyslog may have cut its colon, and Parse completes it
		}
		relayed := parse(t, "<14>Nov 21 10:00:00 relay "+line)
		if len(m.Tag) > 0 || ordinary(line) {
			same(t, &m, &relayed, line)
		}
		// Without a host in front, text without a tag has no certain reading.
		if reads := parse(t, "<14>"+line); len(m.Tag) > 0 && string(reads.Tag) == string(m.Tag) {
			local := parse(t, "<14>Nov 21 10:00:00 "+line)
			same(t, &m, &local, line)
		}
	})
}

// ordinary tells that a line without a tag is not read otherwise behind a host:
// there, a long word may be a tag that was cut, "[12]:" the PID of what seemed to
// be the host, "auth.info" a priority, and a device may have a header of its own.
func ordinary(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	if len(word) >= 32 || strings.HasPrefix(word, "[") {
		return false
	}
	if _, err := syslog.ParsePriority(word); err == nil {
		return false
	}
	m := syslog.Message{}
	syslog.Parse(&m, []byte("<14>"+line))
	return string(m.Line) == line && len(m.Tag) == 0 && len(m.Stamp) == 0
}

func same(t *testing.T, want, got *syslog.Message, line string) {
	t.Helper()
	if trimmed := strings.TrimRight(string(got.Line), " "); trimmed != strings.TrimRight(line, " ") || !bytes.HasPrefix(got.Line, want.Tag) {
		t.Errorf("line %q (tag %q), sent on, is %q (tag %q)", line, want.Tag, got.Line, got.Tag)
	}
}

// FuzzAppend: what Append writes is one line, and Parse reads it back.
func FuzzAppend(f *testing.F) {
	f.Add("myhost", "sshd", uint16(12), []byte("Failed password\n"), uint8(38), true)
	f.Add("2001:db8::1", "postfix/smtpd", uint16(0), []byte(" x\x00"), uint8(0), false)
	f.Add("", "2026", uint16(7), []byte("*Nov 21 10:00:00: %A"), uint8(191), false)
	f.Add("-", "", uint16(1), []byte("\xef\xbb\xbf[x] y"), uint8(1), true)
	f.Fuzz(func(t *testing.T, host, tag string, pid uint16, text []byte, priority uint8, modern bool) {
		h := syslog.Header{Priority: int(priority) % 192, Time: sent, Host: host, Tag: tag, PID: int(pid)}
		if modern {
			h.Format = syslog.RFC5424
		}
		if pid == 0 && strings.Trim(tag, "0123456789") == "" && tag != "" {
			return // a Cisco device's sequence number looks the same
		}
		wire := syslog.Append(nil, &h, text)
		if bytes.ContainsAny(wire, "\r\n\x00") {
			t.Fatalf("a break in %q", wire)
		}
		m := parse(t, string(wire))
		if m.Priority != h.Priority {
			t.Errorf("%q: priority %d, want %d", wire, m.Priority, h.Priority)
		}
		if when := m.Time(sent); when.Unix() != sent.Unix() {
			t.Errorf("%q: time %v, want %v", wire, when, sent)
		}
		if (len(m.Host) > 0) != (host != "") || bytes.Contains(m.Host, []byte(" ")) {
			t.Errorf("%q: host %q of %q", wire, m.Host, host)
		}
		if modern && (tag == "" || tag == "-") {
			return // RFC 5424 has no such program, and so no PID
		}
		if n := len(tag); n > 0 && len(m.Tag) != min(n, 48) {
			t.Errorf("%q: tag %q of %q", wire, m.Tag, tag)
		}
		if (len(m.PID) > 0) != (pid != 0) {
			t.Errorf("%q: PID %q of %d", wire, m.PID, pid)
		}
		if want := cleaned(text); m.Repeat == 1 && !strings.HasSuffix(want, string(m.Text)) {
			t.Errorf("%q: text %q is not of %q", wire, m.Text, want)
		} else if plain(want) && string(m.Text) != want {
			t.Errorf("%q: text %q, want %q", wire, m.Text, want)
		}
	})
}

// cleaned is what Append makes of text.
func cleaned(text []byte) string {
	b := bytes.Clone(text)
	for i, c := range b {
		if c < ' ' || c == 0x7f {
			b[i] = ' '
		}
	}
	return string(b)
}

// plain tells that text begins with nothing that Parse takes out.
func plain(text string) bool {
	return text != "" && strings.IndexByte(" [0123456789JFMASONDTWm\xef", text[0]) < 0
}

// FuzzText: behind a well-formed header, an attacker can write what he likes
// and is not taken for another host, program, process or time.
func FuzzText(f *testing.F) {
	headers := []sample{
		{in: "<38>" + bsd + " h sshd[1]: ", host: "h", tag: "sshd", pid: "1", stamp: bsd},
		{in: "<38>" + bsd + " h sshd: ", host: "h", tag: "sshd", stamp: bsd},
		{in: "<38>" + bsd + " sshd[1]: ", tag: "sshd", pid: "1", stamp: bsd},
		{in: "<38>" + bsd + " sshd: ", tag: "sshd", stamp: bsd},
		{in: "<38>sshd: ", tag: "sshd"},
		{in: "<38>" + bsd + " 2001:db8::1 sshd: ", host: "2001:db8::1", tag: "sshd", stamp: bsd},
		{in: "<38>" + bsd + " m postfix-submission/smtps/smtpd[1 ", host: "m", tag: "postfix-submission/smtps/smtpd", stamp: bsd},
		{in: "<38>2026-11-21T10:00:00Z h sshd[1]: ", host: "h", tag: "sshd", pid: "1", stamp: "2026-11-21T10:00:00Z"},
		{in: "2026-11-21T10:00:00Z h sshd[1]: ", host: "h", tag: "sshd", pid: "1", stamp: "2026-11-21T10:00:00Z"},
		{in: bsd + " h sshd[1]: ", host: "h", tag: "sshd", pid: "1", stamp: bsd},
		{in: `<38>1 2026-11-21T10:00:00Z h sshd 1 ID [a@1 k="]"] `, host: "h", tag: "sshd", pid: "1", stamp: "2026-11-21T10:00:00Z"},
		{in: "<38>1 - - sshd - - - ", tag: "sshd"},
		{in: "<38>1 - h - - - - ", host: "h"},
		{in: "<189>91: *" + bsd + ": %SYS-5-X: ", tag: "%SYS-5-X", stamp: bsd},
	}
	for _, s := range samples {
		f.Add(s.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, want := range headers {
			m := parse(t, want.in+text)
			if string(m.Host) != want.host || string(m.Tag) != want.tag || string(m.PID) != want.pid || string(m.Stamp) != want.stamp {
				t.Errorf("%q: host %q, tag %q, PID %q, stamp %q", want.in+text, m.Host, m.Tag, m.PID, m.Stamp)
			}
		}
	})
}
