package replay_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"syslog-blacklist/internal/replay"
)

// written makes a log of n lines as it is read: a third attacks, a tenth failures
// that no rule knows.
type written struct {
	line, n int
	rest    []byte
}

func (w *written) Read(b []byte) (int, error) {
	for len(w.rest) == 0 {
		if w.line == w.n {
			return 0, io.EOF
		}
		w.rest = w.next(w.rest)
		w.line++
	}
	n := copy(b, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

func (w *written) next(b []byte) []byte {
	i, s := w.line, w.line/20
	b = fmt.Appendf(b[:0], "Nov %2d %02d:%02d:%02d gate ", 10+s/86400%10, s/3600%24, s/60%60, s%60)
	switch {
	case i%10 < 3:
		return fmt.Appendf(b, "sshd[%d]: Failed password for invalid user u%d from 203.0.%d.%d port %d ssh2\n", i%32768, i%1000, i>>8&255, i&255, i%60000)
	case i%10 == 3:
		return fmt.Appendf(b, "food[%d]: login failed for user%d from 198.51.%d.%d\n", i%32768, i, i>>8&255, i&255)
	case i%10 < 7:
		return fmt.Appendf(b, "systemd[1]: Started session %d of user root.\n", i)
	}
	return fmt.Appendf(b, "postfix/smtpd[%d]: connect from mail%d.example.org[192.0.2.%d]\n", i%32768, i, i&255)
}

// Besides the time of a line the benchmarks tell what a summary of a million of
// them holds.
func benchmark(b *testing.B, each func(replay.Options) func(*replay.Line)) {
	o := options(b, "use all\n")
	b.ReportAllocs()
	b.ResetTimer() // the rules were compiled
	r := replay.New(o)
	if err := r.Read(&written{n: b.N}, each(o)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	b.StopTimer()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-held")
	runtime.KeepAlive(r)
}

func BenchmarkSummary(b *testing.B) {
	benchmark(b, func(o replay.Options) func(*replay.Line) { return replay.NewSummary(o.Rules).Add })
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, func(replay.Options) func(*replay.Line) { return replay.NewJSON(io.Discard).Write })
}

// What Read costs without anybody who listens.
func BenchmarkJudge(b *testing.B) {
	benchmark(b, func(replay.Options) func(*replay.Line) { return func(*replay.Line) {} })
}

// The lines alone, which the others contain.
func BenchmarkLinesOfTheBenchmarks(b *testing.B) {
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{&written{n: b.N}}); err != nil {
		b.Fatal(err)
	}
}
