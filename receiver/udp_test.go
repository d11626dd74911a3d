package receiver_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"syslog-blacklist/receiver"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// start opens one URL and runs it with h until the test ends.
func start(t testing.TB, url string, o receiver.Options, h receiver.Handler) *receiver.Listener {
	t.Helper()
	ls, err := receiver.Open([]string{url}, o)
	if err != nil {
		t.Fatal(err)
	}
	run(t, ls[0], h)
	return ls[0]
}

// run runs l with h until the test ends.
func run(t testing.TB, l *receiver.Listener, h receiver.Handler) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("Run does not return after its context ended")
		}
	})
}

// eventually waits until ok reports true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// got is a copy of what a test compares of a message.
type got struct {
	Line string
	Cut  bool
}

// collect returns a handler that copies messages into a channel, which holds enough for any test that uses it.
func collect() (receiver.Handler, chan got) {
	c := make(chan got, 10000)
	return func(b *receiver.Batch) {
		for _, m := range b.Messages {
			c <- got{string(m.Line), m.Truncated}
		}
	}, c
}

// expect receives the lines in their order.
func expect(t testing.TB, c chan got, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case g := <-c:
			if g.Line != w {
				t.Errorf("got message %.200q, want %.200q", g.Line, w)
			}
		case <-time.After(patience):
			t.Fatalf("message %.200q did not come", w)
		}
	}
}

// dial connects to l, and closes the connection with the test.
func dial(t testing.TB, l *receiver.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// send writes to c.
func send(t testing.TB, c net.Conn, s string) {
	t.Helper()
	if _, err := c.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
}

func TestUDPDeliversDatagramsWithTheirPeer(t *testing.T) {
	for _, url := range []string{"udp://127.0.0.1:0", "udp://[::1]:0", "udp://localhost:0"} {
		t.Run(url, func(t *testing.T) {
			peers := make(chan netip.Addr, 1)
			l := start(t, url, receiver.Options{}, func(b *receiver.Batch) {
				if b.Time.IsZero() || b.Listener.URL() != url {
					t.Errorf("batch of %q at %v", b.Listener.URL(), b.Time)
				}
				peers <- b.Messages[0].Peer
			})
			c := dial(t, l)
			send(t, c, "<38>Oct  9 22:14:15 host sshd[7]: text")
			want := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
			if g := <-peers; g != want {
				t.Errorf("peer %v, want %v", g, want)
			}
			if s := l.Stats(); s.Received != 1 || s.ReceiveBuffer == 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestUDPMappedPeerIsUnmapped(t *testing.T) {
	trust := receiver.NewTrust(receiver.Sender{Prefix: netip.MustParsePrefix("::ffff:127.0.0.1/128"), Name: "here"})
	peers := make(chan netip.Addr, 1)
	l := start(t, "udp://:0", receiver.Options{Trust: trust}, func(b *receiver.Batch) { peers <- b.Messages[0].Peer })
	c, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.UDPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	before := time.Now()
	send(t, c, "x")
	if g, want := <-peers, netip.MustParseAddr("127.0.0.1"); g != want {
		t.Errorf("peer %v, want %v", g, want)
	}
	if last := trust.LastMessages()["here"]; last.Before(before) || last.After(time.Now()) {
		t.Errorf("last message of the sender at %v", last)
	}
}

func TestUDPDropsUntrustedAndCountsThem(t *testing.T) {
	trust := receiver.NewTrust(receiver.Sender{Prefix: netip.MustParsePrefix("127.0.0.9/32")})
	h, c := collect()
	l := start(t, "udp://127.0.0.1:0", receiver.Options{Trust: trust}, h)
	send(t, dial(t, l), "from 127.0.0.1")
	eventually(t, "the datagram is counted", func() bool { return l.Stats().DroppedUntrusted == 1 })
	friend, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)}, l.Addr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer friend.Close()
	send(t, friend, "from 127.0.0.9")
	expect(t, c, "from 127.0.0.9")
	if s := l.Stats(); s.Received != 1 || s.DroppedUntrusted != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestUDPCutsLongDatagramsAndCountsThem(t *testing.T) {
	h, c := collect()
	l := start(t, "udp://127.0.0.1:0", receiver.Options{Line: 100}, h)
	conn := dial(t, l)
	for _, n := range []int{99, 100, 101, 5000} {
		send(t, conn, strings.Repeat("x", n))
		g := <-c
		if want := (got{strings.Repeat("x", min(n, 100)), n > 100}); g != want {
			t.Errorf("of %d bytes came %d, truncated %v", n, len(g.Line), g.Cut)
		}
	}
	if s := l.Stats(); s.Received != 4 || s.DroppedOversize != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestUDPTakesTheLargestDatagram(t *testing.T) {
	h, c := collect()
	l := start(t, "udp://127.0.0.1:0", receiver.Options{}, h)
	text := strings.Repeat("x", 65507)
	send(t, dial(t, l), text)
	expect(t, c, text)
}

// Nobody reads the socket, so the kernel must throw away. No datagram comes afterwards that could carry the news.
func TestUDPKernelDropsAreCountedWithoutFurtherDatagrams(t *testing.T) {
	ls, err := receiver.Open([]string{"udp://127.0.0.1:0"}, receiver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := ls[0]
	conn := dial(t, l)
	sent := uint64(0)
	for l.Stats().DroppedKernel < 10 {
		if sent > 1_000_000 {
			t.Fatal("the kernel has dropped nothing")
		}
		for range 1000 {
			send(t, conn, "text")
			sent++
		}
	}
	run(t, l, func(*receiver.Batch) {})
	eventually(t, "every datagram is received or counted as dropped", func() bool {
		s := l.Stats()
		return s.Received+s.DroppedKernel == sent
	})
}

// flood is how many datagrams the flood sends.
const flood = 200_000

// Header and text of every datagram carry the same number. A receiver that reuses memory too early mixes them.
func TestUDPFloodMixesNothingAndCountsWhatIsMissing(t *testing.T) {
	var mixed int
	seen := make([]bool, flood)
	l := start(t, "udp://127.0.0.1:0", receiver.Options{}, func(b *receiver.Batch) {
		for _, m := range b.Messages {
			var host, text, again int
			_, e1 := fmt.Sscanf(string(m.Host), "host-%d", &host)
			_, e2 := fmt.Sscanf(string(m.Text), "text-%d-%d", &text, &again)
			if e1 != nil || e2 != nil || host != text || host != again || seen[host] {
				mixed++
				continue
			}
			seen[host] = true
		}
	})
	conn := dial(t, l)
	var b []byte
	for i := range flood {
		b = fmt.Appendf(b[:0], "<38>Oct  9 22:14:15 host-%d sshd[7]: text-%d-%d", i, i, i)
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "every datagram is received or counted as dropped", func() bool {
		s := l.Stats()
		return s.Received+s.DroppedKernel == flood
	})
	s := l.Stats()
	if mixed > 0 || s.Received == 0 {
		t.Errorf("%d of %d messages mixed or doubled", mixed, s.Received)
	}
	t.Logf("received %d, dropped by the kernel %d", s.Received, s.DroppedKernel)
}
