package receiver

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUDPDeliversDatagramsWithTheirPeer(t *testing.T) {
	for _, url := range []string{"udp://127.0.0.1:0", "udp://[::1]:0", "udp://localhost:0"} {
		t.Run(url, func(t *testing.T) {
			peers := make(chan netip.Addr, 1)
			l := start(t, url, Options{}, func(b *Batch) {
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
			eventually(t, "it is counted", func() bool { return l.Stats().Received == 1 })
			if l.Stats().ReceiveBuffer == 0 {
				t.Error("the receive buffer's size is not told")
			}
		})
	}
}

func TestUDPMappedPeerIsUnmapped(t *testing.T) {
	trust := NewTrust(Sender{Prefix: netip.MustParsePrefix("::ffff:127.0.0.1/128"), Name: "here"})
	peers := make(chan netip.Addr, 1)
	l := start(t, "udp://:0", Options{Trust: trust}, func(b *Batch) { peers <- b.Messages[0].Peer })
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
	trust := NewTrust(Sender{Prefix: netip.MustParsePrefix("127.0.0.9/32")})
	h, c := collect()
	l := start(t, "udp://127.0.0.1:0", Options{Trust: trust}, h)
	send(t, dial(t, l), "from 127.0.0.1")
	eventually(t, "the datagram is counted", func() bool { return l.Stats().DroppedUntrusted == 1 })
	friend, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)}, l.Addr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer friend.Close()
	send(t, friend, "from 127.0.0.9")
	expect(t, c, "from 127.0.0.9")
	eventually(t, "both are counted", func() bool { s := l.Stats(); return s.Received == 1 && s.DroppedUntrusted == 1 })
}

func TestUDPCutsLongDatagramsAndCountsThem(t *testing.T) {
	h, c := collect()
	l := start(t, "udp://127.0.0.1:0", Options{Line: 100}, h)
	conn := dial(t, l)
	for _, n := range []int{99, 100, 101, 5000} {
		send(t, conn, strings.Repeat("x", n))
		g := next(t, c)
		if want := (got{strings.Repeat("x", min(n, 100)), n > 100}); g != want {
			t.Errorf("of %d bytes came %d, truncated %v", n, len(g.Line), g.Cut)
		}
	}
	eventually(t, "they are counted", func() bool { s := l.Stats(); return s.Received == 4 && s.DroppedOversize == 2 })
}

func TestUDPTakesTheLargestDatagram(t *testing.T) {
	h, c := collect()
	l := start(t, "udp://127.0.0.1:0", Options{}, h)
	text := strings.Repeat("x", 65507)
	send(t, dial(t, l), text)
	expect(t, c, text)
}

func TestUDPWhatTellsOfMoreIsFollowedWithoutFurtherDatagrams(t *testing.T) {
	type batch struct {
		messages int
		more     bool
	}
	batches, goOn := make(chan batch), make(chan bool)
	l := start(t, "udp://127.0.0.1:0", Options{}, func(b *Batch) {
		batches <- batch{len(b.Messages), b.More}
		<-goOn
	})
	c := dial(t, l)
	send(t, c, "the first, while whose batch is handled the others come")
	got := []batch{<-batches}
	for range 2 * batchSize {
		send(t, c, "text")
	}
	for range 3 {
		goOn <- true
		got = append(got, <-batches)
	}
	goOn <- true
	want := []batch{{1, false}, {batchSize, true}, {batchSize, true}, {0, false}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(batch{})); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// Nobody reads the socket, so the kernel must throw away. No datagram comes afterwards that could carry the news.
func TestUDPKernelDropsAreCountedWithoutFurtherDatagrams(t *testing.T) {
	ls, err := Open([]string{"udp://127.0.0.1:0"}, Options{})
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
	run(t, l, func(*Batch) {})
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
	l := start(t, "udp://127.0.0.1:0", Options{}, func(b *Batch) {
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
