package syslog_test

import (
	"testing"
	"time"

	oracle "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"syslog-blacklist/internal/syslog"
)

var benchmarks = []struct{ name, in string }{
	{"3164", "<38>" + bsd + " myhost sshd[1]: " + failed},
	{"ISO", "<38>2026-11-21T10:00:00.123456+01:00 myhost sshd[1]: " + failed},
	{"5424", `<38>1 2026-11-21T10:00:00.123456Z myhost sshd 1 - [a@1 k="v"] ` + failed},
	{"hostless", "<38>" + bsd + " sshd[1]: " + failed},
	{"repeated", "<38>" + bsd + " myhost sshd[1]: message repeated 5 times: [ " + failed + "]"},
	{"file", bsd + " myhost sshd[1234]: " + failed},
	{"timed", "<30>" + bsd + " myhost named[1]: 21-Nov-2026 10:00:00.123 " + failed},
}

func BenchmarkParse(b *testing.B) {
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			buf := make([]byte, len(bench.in))
			var m syslog.Message
			b.ReportAllocs()
			b.SetBytes(int64(len(bench.in)))
			for b.Loop() {
				copy(buf, bench.in) // Parse writes into what it is given
				syslog.Parse(&m, buf)
			}
		})
	}
}

// BenchmarkOracle is the baseline: leodido/go-syslog on the same messages, as far as
// it reads them.
func BenchmarkOracle(b *testing.B) {
	for _, bench := range benchmarks {
		var machine oracle.Machine
		switch bench.name {
		case "3164":
			machine = rfc3164.NewParser(rfc3164.WithYear(rfc3164.Year{YYYY: year.Year()}))
		case "5424":
			machine = rfc5424.NewParser()
		default:
			continue
		}
		b.Run(bench.name, func(b *testing.B) {
			in := []byte(bench.in)
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				if _, err := machine.Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTime(b *testing.B) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for name, stamp := range map[string]string{"zoned": "2026-11-21T10:00:00.123456+01:00", "traditional": "Nov 21 10:00:00"} {
		m := syslog.Message{Stamp: []byte(stamp)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Time(now)
			}
		})
		b.Run(name+", its zone wanted", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.ZonedTime()
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	h := syslog.Header{Priority: 38, Time: sent, Host: "myhost", Tag: "sshd", PID: 1}
	text := []byte(failed)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		syslog.Append(dst, &h, text)
	}
}
