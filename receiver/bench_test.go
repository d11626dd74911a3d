package receiver

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// benchText is a message of common length.
const benchText = "<38>Oct  9 22:14:15 host sshd[4711]: Invalid user admin from 192.0.2.77 port 51234"

// fill sends n datagrams.
func fill(t testing.TB, conn net.Conn, n int) {
	t.Helper()
	for range n {
		if _, err := conn.Write([]byte(benchText)); err != nil {
			t.Fatal(err)
		}
	}
}

// socket returns an open UDP listener that nobody runs, its datagrams, and a sender.
func socket(t testing.TB) (*Listener, *datagrams, net.Conn) {
	t.Helper()
	ls, err := Open([]string{"udp://127.0.0.1:0"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ls[0].Close() })
	return ls[0], newDatagrams(ls[0].kernel.raw, ls[0].options.Line, false), dial(t, ls[0])
}

// Only the receiver's side is timed: the queue is filled while the clock stands. What is timed is the reading of a batch, who sent
// it, and the parsing.
func BenchmarkUDPBatch(b *testing.B) {
	l, d, conn := socket(b)
	messages := 0
	out := newOutbox(l, func(batch *Batch) { messages += len(batch.Messages) })
	admit := l.admitTrusted(d)
	const queue = 100 * batchSize
	b.ReportAllocs()
	for done := 0; done < b.N; {
		b.StopTimer()
		fill(b, conn, queue)
		b.StartTimer()
		for left := queue; left > 0; {
			before := messages
			if err := l.readBatch(d, out, false, admit); err != nil {
				b.Fatal(err)
			}
			left -= messages - before
		}
		done += queue
	}
	if messages < b.N {
		b.Fatalf("%d of %d messages", messages, b.N)
	}
}

// repeated is a stream of n times the same bytes.
type repeated struct {
	text string
	left int
	at   int
}

func (r *repeated) Read(b []byte) (n int, err error) {
	for n < len(b) && r.left > 0 {
		m := copy(b[n:], r.text[r.at:])
		n += m
		if r.at += m; r.at == len(r.text) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// The stream comes from memory: framing and parsing are timed, the kernel is not.
func BenchmarkStream(b *testing.B) {
	for name, text := range map[string]string{
		"lines":   benchText + "\n",
		"counted": fmt.Sprintf("%d %s", len(benchText), benchText),
		"NUL":     benchText + "\x00",
	} {
		b.Run(name, func(b *testing.B) {
			l := &Listener{}
			messages := 0
			b.ReportAllocs()
			err := l.pump(&repeated{text: text, left: b.N}, &framer{limit: 64 << 10}, netip.Addr{},
				func(batch *Batch) { messages += len(batch.Messages) }, func(time.Time) {})
			if err != nil || messages != b.N {
				b.Fatalf("%d of %d messages, %v", messages, b.N, err)
			}
		})
	}
}

func BenchmarkTCP(b *testing.B) {
	messages, done := 0, make(chan struct{})
	l := start(b, "tcp://127.0.0.1:0", Options{}, func(batch *Batch) {
		if messages += len(batch.Messages); messages == b.N {
			close(done)
		}
	})
	conn := dial(b, l)
	chunk := strings.Repeat(benchText+"\n", 1000)
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= 1000 {
		send(b, conn, chunk[:min(left, 1000)*(len(benchText)+1)])
	}
	<-done
}

func TestNoAllocationPerDatagram(t *testing.T) {
	l, d, conn := socket(t)
	out := newOutbox(l, func(*Batch) {})
	admit := l.admitTrusted(d)
	fill(t, conn, 2000)
	if n := testing.AllocsPerRun(10, func() { l.readBatch(d, out, false, admit) }); n > 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func TestNoAllocationPerMessageOfAStream(t *testing.T) {
	l := &Listener{}
	run := func(messages int) float64 {
		return testing.AllocsPerRun(10, func() {
			l.pump(&repeated{text: benchText + "\n", left: messages}, &framer{limit: 1000}, netip.Addr{}, func(*Batch) {}, func(time.Time) {})
		})
	}
	if few, many := run(10_000), run(50_000); few != many {
		t.Errorf("%v allocations for 10,000 messages, %v for 50,000", few, many)
	}
}
