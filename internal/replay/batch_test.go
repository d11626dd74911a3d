package replay_test

import (
	"bytes"
	"io"
	"testing"

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
