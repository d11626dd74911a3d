package daemon

import (
	"fmt"
	"log/slog"
	"testing"

	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/internal/syslog"
	"syslog-blacklist/receiver"
)

// batch is what a receiver would hand over: every line parsed, every eighth a hit
// of an address that is banned already.
func batch(l *receiver.Listener, lines ...string) *receiver.Batch {
	b := &receiver.Batch{Listener: l, Messages: make([]receiver.Message, 64)}
	for i := range b.Messages {
		syslog.Parse(&b.Messages[i].Message, []byte(lines[i%len(lines)]))
	}
	return b
}

const benign = "<30>Nov 21 10:00:00 host systemd[1]: Started Session 42 of User alice."

// opened returns a daemon that is open and does not run.
func opened(t testing.TB, rules string) *Daemon {
	t.Helper()
	c := configurationFor(t, rules)
	c.DryRun, c.Web = true, ""
	d, err := Open(t.Context(), c, metrics.Build{Version: "test"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.close() })
	return d
}

func TestALineThatMissesCostsNoAllocation(t *testing.T) {
	d := opened(t, testRules)
	b := batch(d.listeners[0], benign)
	if n := testing.AllocsPerRun(100, func() { d.handler.Handle(b) }); n != 0 {
		t.Errorf("%v allocations a batch of 64 misses, want none", n)
	}
}

func TestAHitThatIsOnlyCountedCostsNoAllocation(t *testing.T) {
	d := opened(t, testRules)
	b := batch(d.listeners[0], benign, "<38>Nov 21 10:00:00 host sshd[7]: long from 203.0.113.9")
	if n := testing.AllocsPerRun(100, func() { d.handler.Handle(b) }); n != 0 {
		t.Errorf("%v allocations a batch of 32 hits, want none", n)
	}
}

func BenchmarkHandle(bench *testing.B) {
	for hits := range 2 {
		bench.Run(fmt.Sprintf("%d hits in 8", hits), func(bench *testing.B) {
			d := opened(bench, testRules)
			lines := []string{benign, benign, benign, benign, benign, benign, benign, benign}
			for i := range hits {
				lines[i] = "<38>Nov 21 10:00:00 host sshd[7]: long from 203.0.113.9"
			}
			b := batch(d.listeners[0], lines...)
			bench.ReportAllocs()
			for bench.Loop() {
				d.handler.Handle(b)
			}
			bench.ReportMetric(float64(bench.Elapsed().Nanoseconds())/float64(bench.N)/64, "ns/message")
		})
	}
}
