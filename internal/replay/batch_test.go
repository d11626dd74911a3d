package replay_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/replay"
)

// Sessions, strikes and times depend on the order: what is read in batches by many
// must be told as if the lines were judged one after the other.
func TestLinesReadSideBySideAreToldInTheirOrder(t *testing.T) {
	text, err := io.ReadAll(&written{n: 5000})
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, "[guessing]\n1h\n"+`^sshd\[\d+\]: Failed password for invalid user (?P<user>\S+) from {IP_NUMBER} port`+
		"\n[knocking]\n1h after 3 in 1d doubling to 4w\n"+`^postfix/smtpd\[\d+\]: connect from \S+\[{IP_NUMBER}\]$`)
	want := replay.New(o)
	var one, many bytes.Buffer
	j := replay.NewJSON(&one)
	for line := range bytes.Lines(bytes.Clone(text)) {
		j.Write(want.Judge(bytes.TrimSuffix(line, []byte("\n")), false))
	}
	if err := replay.New(o).Read(bytes.NewReader(text), replay.NewJSON(&many).Write); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one.String(), many.String()); diff != "" {
		t.Errorf("one by one, or in batches (-want +got):\n%.2000s", diff)
	}
	if n := bytes.Count(one.Bytes(), []byte(`"ban":{`)); n < 1500 {
		t.Errorf("%d bans in the test, want many", n)
	}
}

func TestATimeIsReadBehindOthersAsItIsByItself(t *testing.T) {
	stamps := []string{
		"Nov 21 10:00:00", "Nov 21 10:00:59", "Nov 21 10:00:60", "Nov 21 10:00:59", "Nov 21 10:00:61", "Nov 21 10:00:6x", "Nov 21 10:01:00",
		"Nov 21 10:01:01", "nov 21 10:01:02", "Nov  1 10:01:02", "Nov 21 10:01:02 2026", "Nov 21 10:01:02 2025", "Nov 21 10:01:02.5",
		"2026-11-21T10:01:02", "2026-11-21T10:01:03", "2026-11-21T10:01:03Z", "2026-11-21T10:01:03+01:00", "2026-11-21T10:01:03+01:30",
		"2026-11-21T10:02:03.000:01", "2026-11-21T10:02:03.000:02", "Feb 29 10:00:00", "Feb 29 10:00:01", "Nov 31 10:00:00", "Nov 31 10:00:01",
		"Dec 31 23:59:59", "Jan  1 00:00:00", "1970-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "2036-01-01T00:00:01Z", "",
	}
	var text strings.Builder
	for _, a := range stamps {
		for _, b := range stamps {
			text.WriteString(a + " h a: x\n" + b + " h a: x\n")
		}
	}
	one := replay.New(options(t, sshRules))
	var want, got []time.Time
	for line := range strings.Lines(text.String()) {
		want = append(want, one.Judge([]byte(strings.TrimSuffix(line, "\n")), false).Time)
	}
	if err := replay.New(options(t, sshRules)).Read(strings.NewReader(text.String()), func(l *replay.Line) { got = append(got, l.Time) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%.2000s", diff)
	}
}
