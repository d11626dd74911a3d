package replay_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"syslog-blacklist/internal/replay"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t testing.TB, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

// binaryField writes a field of the journal's export as it is when the value is
// no line of text.
func binaryField(name, value string) string {
	size := binary.LittleEndian.AppendUint64(nil, uint64(len(value)))
	return name + "\n" + string(size) + value + "\n"
}

const journalHead = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795255200000000\n__MONOTONIC_TIMESTAMP=9\n_HOSTNAME=gate\nPRIORITY=6\nSYSLOG_FACILITY=4\n"

func TestEveryKindOfInputIsRead(t *testing.T) {
	const want = `{"line":1,"entry":"a","verdict":"block","address":"203.0.113.9","details":{},"spared":null,"ban":{"until":"2026-11-21T11:00:00Z","nth":1}}` + "\n"
	const line = "2026-11-21T10:00:00Z gate a[7]: bad 203.0.113.9"
	tests := []struct {
		name, text, tag string
	}{
		{name: "a syslog file", text: line + "\n"},
		{name: "a file with CR LF", text: line + "\r\n"},
		{name: "a packet of RFC 3164", text: "<38>Nov 21 10:00:00 gate a[7]: bad 203.0.113.9\n"},
		{name: "a packet of RFC 5424", text: "<38>1 2026-11-21T11:00:00+01:00 gate a 7 - - bad 203.0.113.9"},
		{name: "a program's own log", text: "[Sat Nov 21 10:00:00 2026] bad 203.0.113.9\n", tag: "a[7]"},
		{name: "an access log", text: "bad 203.0.113.9 - - [21/Nov/2026:10:00:00 +0000] \"GET /\"\n", tag: "a[7]"},
		{name: "gzip", text: gzipped(t, line+"\n")},
		{name: "gzip in two members", text: gzipped(t, line[:9]) + gzipped(t, line[9:])},
		{name: "zstd", text: zstandard(t, line+"\n")},
		{name: "the journal", text: journalHead + "_PID=7\nSYSLOG_IDENTIFIER=a\nMESSAGE=bad 203.0.113.9\n\n"},
		{name: "the journal without its last empty line", text: journalHead + "_PID=7\n_COMM=a\nMESSAGE=bad 203.0.113.9"},
		{name: "the journal with a value in binary", text: journalHead + "_PID=1\nSYSLOG_PID=7\nSYSLOG_IDENTIFIER=a\n" +
			binaryField("COREDUMP", "\n\nMESSAGE=x\n") + binaryField("MESSAGE", "bad 203.0.113.9\nand more\x00") + "\n"},
		{name: "the journal in gzip", text: gzipped(t, journalHead+"_PID=7\nSYSLOG_IDENTIFIER=a\nMESSAGE=bad 203.0.113.9\n\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t, "[a]\n1h\n^a\\[7\\]: bad {IP_NUMBER}")
			if tt.tag != "" { // brackets are no part of a name: the rule for it has none
				o = options(t, "[a]\n1h\n^a: bad {IP_NUMBER}")
				o.Tag = "a"
			}
			if diff := cmp.Diff(want, jsonOf(t, o, tt.text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	const text = "a: 203.0.113.9\nb: c\n"
	whole := gzipped(t, text)
	damaged := []byte(whole)
	damaged[len(damaged)-6] ^= 1 // in the checksum
	tests := []struct {
		name, text, want string
		lines            int
	}{
		{"gzip cut short", whole[:len(whole)-4], "unexpected EOF: it was cut short; the lines before that were read", 2},
		{"gzip damaged", string(damaged), "gzip: invalid checksum", 2},
		{"zstd cut short", zstandard(t, text)[:12], "unexpected EOF: it was cut short; the lines before that were read", 0},
		{"xz", "\xfd7zXZ\x00", "compressed by xz: write xz -dc FILE | syslog-blacklist test -", 0},
		{"bzip2", "BZh91AY", "compressed by bzip2: write bzip2 -dc FILE | syslog-blacklist test -", 0},
		{"journal cut short in a name", "__CURSOR=a\n\nMESS", "unexpected EOF: it was cut short; the lines before that were read", 1},
		{"journal cut short in a value", "__CURSOR=a\n\n" + binaryField("MESSAGE", "abc")[:18],
			"journal field \"MESSAGE\": unexpected EOF: it was cut short; the lines before that were read", 1},
		{"journal with a wrong length", "__CURSOR=a\n\n" + strings.Replace(binaryField("MESSAGE", "abc"), "\x03", "\x02", 1),
			"journal field \"MESSAGE\": no line feed behind the value: this is no journal export", 1},
		{"journal with an absurd length", "__CURSOR=a\n\nX\n\xff\xff\xff\xff\xff\xff\xff\xff",
			"journal field \"X\": a length beyond all bounds: this is no journal export", 1},
		{"journal that is none", "__CURSOR=a\n" + strings.Repeat("\x1b", 70),
			`journal: "` + strings.Repeat(`\x1b`, 64) + `" is no field's name`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := 0
			err := replay.New(options(t, sshRules)).Read(strings.NewReader(tt.text), func(*replay.Line) { lines++ })
			if err == nil || err.Error() != tt.want || lines != tt.lines {
				t.Errorf("got %v after %d lines, want %s after %d", err, lines, tt.want, tt.lines)
			}
		})
	}
}

func TestALongLineIsCutAndTheNextIsWhole(t *testing.T) {
	o := options(t, "[a]\n1h\n^a: \\w+ {IP_NUMBER}$\n[b]\n1h\n^b: {IP_NUMBER} ")
	o.Limit = 200_000
	long := "a: " + strings.Repeat("x", o.Limit-3-12) + " 203.0.113.9"
	for name, text := range map[string]string{
		"just fits": long, "one byte more": long + "9", "a blank more": long + " ",
	} {
		t.Run(name, func(t *testing.T) {
			var got []bool
			each := func(l *replay.Line) { got = append(got, l.Hit != nil, l.Message.Truncated) }
			in := iotest.OneByteReader(strings.NewReader(text + "\r\nb: 203.0.113.9 \n"))
			if err := replay.New(o).Read(in, each); err != nil {
				t.Fatal(err)
			}
			fits := name == "just fits"
			if diff := cmp.Diff([]bool{fits, !fits, true, false}, got); diff != "" {
				t.Errorf("hit and truncated, line by line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTimeGoesByTheLines(t *testing.T) {
	const rule = "[a]\n1h after 2 in 10m\n^a: {IP_NUMBER}"
	at := func(stamps ...string) (lines string) {
		for _, s := range stamps {
			lines += s + " h a: 203.0.113.9\n"
		}
		return lines
	}
	tests := []struct {
		name  string
		files []string
		bans  string // of each line: - or the day and hour at which it ends
	}{
		{"two in the window ban", []string{at("Nov 21 10:00:00", "Nov 21 10:09:59")}, "- 21T11"},
		{"outside the window they do not", []string{at("Nov 21 10:00:00", "Nov 21 10:10:01")}, "- -"},
		{"no time is the time before", []string{at("Nov 21 10:00:00") + "a: 203.0.113.9\n"}, "- 21T11"},
		{"no time at all is now", []string{"a: 203.0.113.9\na: 203.0.113.9\n"}, "- 22T13"},
		{"a new year passes", []string{at("Dec 31 23:59:00", "Jan  1 00:01:00")}, "- 01T01"},
		{"a late line counts when it happened", []string{at("Nov 21 10:00:00", "Nov 21 10:30:00", "Nov 21 10:05:00")}, "- - -"},
		{"the next file may be older", []string{at("Nov 21 10:00:00"), at("Nov 20 10:00:00", "Nov 20 10:01:00")}, "- - 20T11"},
		{"the next file may go on", []string{at("Nov 21 10:00:00"), at("Nov 21 10:01:00")}, "- 21T11"},
		{"a stamp from the future is none", []string{at("Nov 21 10:00:00", "2036-01-01T00:00:00Z", "Nov 21 10:01:00")}, "- 21T11 -"},
		{"a device without a clock has no time", []string{at("Nov 21 10:00:00", "1970-01-01T00:00:09Z")}, "- 21T11"},
		{"a stamp without a year is near the line before", []string{at("2024-11-21T10:00:00Z", "Nov 21 10:01:00", "Nov 21 10:02:00")}, "- 21T11 -"},
		{"a leap day is in the year of the line before", []string{at("2024-02-28T23:59:00Z", "Feb 29 00:01:00")}, "- 29T01"},
		{"zones are heeded", []string{at("2026-11-21T10:00:00Z", "2026-11-21T12:01:00+02:00")}, "- 21T11"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := replay.New(options(t, rule))
			var got []string
			for _, f := range tt.files {
				err := r.Read(strings.NewReader(f), func(l *replay.Line) {
					ban := "-"
					if l.Ban != nil {
						ban = l.Ban.Until.Format("02T15")
					}
					got = append(got, ban)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.bans, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTheTimeIsFoundWhereverAProgramWritesIt(t *testing.T) {
	want := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, line := range []string{
		"2026-11-21T10:00:00Z a: x",
		"Nov 21 10:00:00 gate a[1]: x",
		"<38>1 2026-11-21T10:00:00Z gate a 1 - - x",
		"a: [Sat Nov 21 10:00:00 2026] x",
		"a: 2026/11/21 10:00:00 x",
		"a: 192.0.2.1 - - [21/Nov/2026:11:00:00 +0100] \"GET / HTTP/1.1\" 200 1",
		`a: time="2026-11-21T11:00:00+01:00" level=error`,
		`a: {"level":"info","ts":1795255200.123456,"msg":"x"}`,
		"a: 1795255200.123    12 192.0.2.1 TCP_DENIED/407 0 GET http://example.org/",
		"a: x (2026-11-21T10:00:00.), 7",
	} {
		r := replay.New(options(t, sshRules))
		if got := r.Judge([]byte(line), false).Time; !got.Truncate(time.Second).Equal(want) {
			t.Errorf("%q: got %v", line, got)
		}
	}
	for _, line := range []string{
		"", "a: x", "a: 192.0.2.1 [x/y]", "a: [01/", "a: 1795255200", "a: 1795255200.", "a: 17952552000.123", "a: 2026-11-21T25:00:00Z", "a: 2026-11-2",
		strings.Repeat("x", 301) + "2026-11-21T10:00:00Z",
	} {
		r := replay.New(options(t, sshRules))
		if got := r.Judge([]byte(line), false).Time; !got.IsZero() {
			t.Errorf("%q: got %v, want none", line, got)
		}
	}
}

func TestWritingStopsAtTheFirstError(t *testing.T) {
	j := replay.NewJSON(brokenWriter{})
	if err := replay.New(options(t, sshRules)).Read(strings.NewReader("a\nb\n"), j.Write); err != nil {
		t.Fatal(err)
	}
	if j.Err() != io.ErrClosedPipe {
		t.Errorf("got %v", j.Err())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What is read depends on the bytes alone, not on how they come, and an entry
// does not hide the next.
func FuzzTheJournalReader(f *testing.F) {
	f.Add([]byte(journalHead + "MESSAGE=a\n\n"))
	f.Add([]byte("__CURSOR=a\n" + binaryField("MESSAGE", "a\nb") + "_PID=1\n\n\n__CURSOR=b\nMESSAGE=c"))
	f.Add([]byte("__CURSOR=a\nX\n\xff\xff\xff\xff\xff\xff\xff\xff"))
	o := options(f, sshRules)
	o.Limit = 16
	f.Fuzz(func(t *testing.T, in []byte) {
		entries := append([]byte("__CURSOR=fuzz\n"), in...)
		count := func(in io.Reader) (n int, err error) {
			err = replay.New(o).Read(in, func(l *replay.Line) {
				n++
				if len(l.Message.Text) > o.Limit {
					t.Errorf("a text of %d bytes", len(l.Message.Text))
				}
			})
			return n, err
		}
		whole, err1 := count(bytes.NewReader(entries))
		pieces, err2 := count(iotest.OneByteReader(bytes.NewReader(entries)))
		if whole != pieces || (err1 == nil) != (err2 == nil) {
			t.Fatalf("whole: %d, %v; in pieces: %d, %v", whole, err1, pieces, err2)
		}
		// An entry more is an entry more.
		if err1 == nil {
			more := append(entries, "\n\n__CURSOR=end\nMESSAGE=a\n\n"...)
			if n, err := count(bytes.NewReader(more)); err != nil || n != whole+1 {
				t.Fatalf("%d entries, and %d, %v with one more", whole, n, err)
			}
		}
	})
}
