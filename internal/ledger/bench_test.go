package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

const million = 1_000_000

// spread is the i-th of many addresses, not in order.
func spread(i int) netip.Addr {
	x := uint32(i+1) * 2654435761
	return netip.AddrFrom4([4]byte{byte(x>>24)%64 + 128, byte(x >> 16), byte(x >> 8), byte(x)})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func report(e *rules.Entry) *ledger.Report {
	return &ledger.Report{
		Hit: &rules.Hit{Entry: e}, Sender: "192.0.2.1",
		Line: []byte("sshd[4711]: Failed password for invalid user administrator from 203.0.113.9 port 40022 ssh2"),
	}
}

// BenchmarkStrike is a hit that only counts, on one of many addresses at random,
// and the memory that one takes.
func BenchmarkStrike(b *testing.B) {
	for _, n := range []int{1000, 100_000, million} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			before := heap()
			l := ledger.New(ledger.Config{Tracked: million}, spare.New())
			r := report(entry("x", after(5, time.Second, hour)))
			now := at(0)
			for i := range n {
				r.Hit.Addr = spread(i)
				l.Hit(now, r)
			}
			memory := float64(heap()-before) / float64(n)
			at := make([]netip.Addr, 1<<20)
			for i := range at {
				at[i] = spread(rand.IntN(n))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				r.Hit.Addr = at[i&(1<<20-1)]
				now.Boot += time.Second // so that it never bans
				l.Hit(now, r)
			}
			b.ReportMetric(memory, "B/address")
		})
	}
}

// BenchmarkLog is a hit as a log file brings them, one a second of ten thousand
// addresses: most were forgotten since they came last.
func BenchmarkLog(b *testing.B) {
	l := ledger.New(ledger.Config{}, spare.New())
	r := report(entry("x", after(5, 10*time.Minute, hour)))
	now := at(0)
	b.ReportAllocs()
	for b.Loop() {
		r.Hit.Addr = spread(rand.IntN(10_000))
		now.Boot += time.Second
		l.Expire(now)
		l.Hit(now, r)
	}
}

// BenchmarkEvict is a hit of a new address when a million are counted.
func BenchmarkEvict(b *testing.B) {
	l := ledger.New(ledger.Config{Tracked: million}, spare.New())
	r := report(entry("x", after(5, hour, hour)))
	for i := range million {
		r.Hit.Addr = spread(i)
		l.Hit(at(0), r)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		r.Hit.Addr = spread(million + i)
		l.Hit(at(0), r)
	}
}

// BenchmarkBan is a ban and its way to the kernel, from none to many, and the
// memory that one takes with its line.
func BenchmarkBan(b *testing.B) {
	for _, n := range []int{1000, 100_000, million} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var memory float64
			var changes []ledger.Change
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				before := heap()
				l := ledger.New(ledger.Config{}, spare.New())
				r := report(entry("x", block(hour)))
				b.StartTimer()
				for i := range n {
					r.Hit.Addr = spread(i)
					l.Hit(at(time.Duration(i/100)*time.Second), r)
					if i%64 == 63 {
						changes = l.Drain(at(0), changes[:0])
					}
				}
				b.StopTimer()
				changes = l.Drain(at(0), changes[:0])
				memory = float64(heap()-before) / float64(n)
				runtime.KeepAlive(l)
				b.StartTimer()
			}
			b.ReportMetric(memory, "B/ban")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/ban")
		})
	}
}

// BenchmarkKept is a ban on its way to the kernel and to the disk, which is told of
// twenty thousand at once.
func BenchmarkKept(b *testing.B) {
	l := ledger.New(ledger.Config{}, spare.New())
	now := at(0)
	d, err := ledger.Open(l, b.TempDir(), func() ledger.Time { return now })
	if err != nil {
		b.Fatal(err)
	}
	var changes []ledger.Change
	r := report(entry("x", block(hour)))
	b.ReportAllocs()
	for i := 1; b.Loop(); i++ {
		r.Hit.Addr = spread(i)
		l.Hit(now, r)
		if i%64 == 0 {
			changes = l.Drain(now, changes[:0])
		}
		if i%20_000 == 0 {
			now.Boot += time.Second
			if err := d.Flush(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkBanned is a hit of one of many who are banned.
func BenchmarkBanned(b *testing.B) {
	for _, n := range []int{1000, 100_000, million} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := ledger.New(ledger.Config{}, spare.New())
			r := report(entry("x", block(hour)))
			for i := range n {
				r.Hit.Addr = spread(i)
				l.Hit(at(0), r)
			}
			at0 := at(0)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				r.Hit.Addr = spread(rand.IntN(n))
				l.Hit(at0, r)
			}
		})
	}
}

// BenchmarkExpire is the end of a million bans, one call after the other.
func BenchmarkExpire(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		l := ledger.New(ledger.Config{}, spare.New())
		r := report(entry("x", block(hour)))
		for i := range million {
			r.Hit.Addr = spread(i)
			l.Hit(at(0), r)
		}
		b.StartTimer()
		longest := time.Duration(0)
		for l.Stats().BansActive > 0 {
			t := time.Now()
			l.Expire(at(hour))
			longest = max(longest, time.Since(t))
		}
		b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-call")
	}
}

// BenchmarkDisk writes a snapshot of a million bans, and reads it.
func BenchmarkDisk(b *testing.B) {
	clock := func() ledger.Time { return at(0) }
	l := ledger.New(ledger.Config{}, spare.New())
	r := report(entry("x", block(hour)))
	for i := range million {
		r.Hit.Addr = spread(i)
		l.Hit(at(0), r)
	}
	b.Run("write", func(b *testing.B) {
		var size int64
		for b.Loop() {
			d, err := ledger.Open(l, b.TempDir(), clock)
			if err != nil {
				b.Fatal(err)
			}
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
			size = d.Status().Size
		}
		b.ReportMetric(float64(size)/million, "B/ban")
	})
	dir, bans := b.TempDir(), l.Stats().BansActive
	if d, err := ledger.Open(l, dir, clock); err != nil || d.Close() != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			l := ledger.New(ledger.Config{}, spare.New())
			d, err := ledger.Open(l, dir, clock)
			if err != nil || d.Found().Bans != bans {
				b.Fatal(err, d.Found())
			}
			b.StopTimer()
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
}
