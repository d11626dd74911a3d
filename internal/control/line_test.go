package control

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is read without encoding/json is what encoding/json reads.
func FuzzLine(f *testing.F) {
	for _, e := range lineSeeds() {
		line, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"set":"","address":"","entry":"","origin":"","since":null,"until":null,"remaining":{"seconds":0,"text":""},"duration":{"seconds":0null}`))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, line []byte) {
		got, ok := newLines().known(line)
		if !ok {
			return
		}
		var want Element
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	})
}

func TestWhatTheDaemonWritesIsReadWithoutSearching(t *testing.T) {
	l := newLines()
	for _, want := range lineSeeds() {
		line, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := l.known(line)
		if diff := cmp.Diff(&want, got); !ok || diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestALineThatIsWrittenAnotherWayIsReadAllTheSame(t *testing.T) {
	got, err := newLines().element([]byte(` {"address": "192.0.2.1", "set": "blacklist", "new": [1]}`))
	if diff := cmp.Diff(&Element{Set: "blacklist", Address: "192.0.2.1"}, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	if _, err := newLines().element([]byte(`{"set":"blacklist"`)); err == nil {
		t.Error("half a line is read")
	}
}

func lineSeeds() []Element {
	since, until := time.Date(2026, 10, 9, 22, 14, 15, 0, time.UTC), time.Date(2026, 10, 9, 23, 14, 15, 5e8, time.FixedZone("", 3600))
	left, length, zero := int64(3599), int64(3600), int64(0)
	return []Element{
		{Set: "blacklist", Address: "192.0.2.1", Entry: "failed ssh user", Origin: "rule", Since: &since, Until: &until,
			Remaining: Duration{&left, "59m59s"}, Duration: Duration{&length, "1h"}, Nth: 2, Offences: 7, Sender: "127.0.0.1",
			Line: `sshd[4711]: Failed password for "x" <y> & 日本 from 192.0.2.1`},
		{Set: "blacklist6", Address: "2001:db8::/64", Entry: "Zoë\x1b", Remaining: Duration{Text: "forever"}, Duration: Duration{&zero, ""},
			Who: &Who{Name: "host.example.org", ASN: 64496, Abuse: []string{"abuse@example.org"}}},
		{},
	}
}

// BenchmarkLine reads a common line of the daemon, and has encoding/json read it, in turn.
func BenchmarkLine(b *testing.B) {
	e := lineSeeds()[0]
	e.Line = "sshd[4711]: Failed password for root from 192.0.2.1 port 50022 ssh2"
	line, err := json.Marshal(e)
	if err != nil {
		b.Fatal(err)
	}
	l := newLines()
	var ours, theirs time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for range 100 {
			if _, ok := l.known(line); !ok {
				b.Fatal("unknown")
			}
		}
		ours += time.Since(start)
		start = time.Now()
		for range 100 {
			var e Element
			if err := json.Unmarshal(line, &e); err != nil {
				b.Fatal(err)
			}
		}
		theirs += time.Since(start)
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(100*b.N), "ns/line")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-encoding/json")
}
