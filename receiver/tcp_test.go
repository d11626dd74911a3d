package receiver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// expectClosed waits until the other end has closed c.
func expectClosed(t testing.TB, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(patience))
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || isTimeout(err) {
		t.Fatalf("connection not closed: read %d, %v", n, err)
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

func TestTCPTellsFramingApartPerConnection(t *testing.T) {
	h, c := collect()
	l := start(t, "tcp://127.0.0.1:0", Options{}, h)
	counted, lf, nul := dial(t, l), dial(t, l), dial(t, l)
	for range 2 {
		send(t, counted, "11 app: 1\nmore")
		expect(t, c, "app: 1 more")
		send(t, lf, "app: 2\r\n")
		expect(t, c, "app: 2")
		send(t, nul, "app: 3\x00app: 4\nmore\x00")
		expect(t, c, "app: 3", "app: 4 more")
	}
}

func TestTCPDeliversALastLineWithoutLF(t *testing.T) {
	h, c := collect()
	conn := dial(t, start(t, "tcp://127.0.0.1:0", Options{}, h))
	send(t, conn, "app: 1\napp: 2")
	conn.Close()
	expect(t, c, "app: 1", "app: 2")
}

func TestTCPTakesMessagesSplitAtEveryByte(t *testing.T) {
	h, c := collect()
	conn := dial(t, start(t, "tcp://127.0.0.1:0", Options{}, h))
	conn.(*net.TCPConn).SetNoDelay(true)
	for _, b := range strings.Split("6 app: 112 <38>app: abc", "") {
		send(t, conn, b)
	}
	expect(t, c, "app: 1", "app: abc")
}

func TestTCPDeliversMoreThanItsBufferInOrder(t *testing.T) {
	h, c := collect()
	l := start(t, "tcp://127.0.0.1:0", Options{}, h)
	conn := dial(t, l)
	var stream strings.Builder
	var want []string
	for i := range 5000 {
		want = append(want, fmt.Sprintf("app: %d %s", i, strings.Repeat("x", i%500)))
		stream.WriteString(want[i] + "\n")
	}
	send(t, conn, stream.String())
	expect(t, c, want...)
	eventually(t, "all are counted", func() bool { return l.Stats().Received == uint64(len(want)) })
}

func TestTCPCutsLongMessagesAndCountsThem(t *testing.T) {
	for name, stream := range map[string]string{
		"delimited": "app: " + strings.Repeat("x", 300<<10) + "\napp: 2\n",
		"counted":   fmt.Sprintf("%d app: %s6 app: 2", 300<<10+5, strings.Repeat("x", 300<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			h, c := collect()
			l := start(t, "tcp://127.0.0.1:0", Options{Line: 1000}, h)
			send(t, dial(t, l), stream)
			g := next(t, c)
			if want := (got{"app: " + strings.Repeat("x", 995), true}); g != want {
				t.Errorf("%d bytes, truncated %v", len(g.Line), g.Cut)
			}
			expect(t, c, "app: 2")
			eventually(t, "it is counted", func() bool { return l.Stats() == Stats{Received: 2, DroppedOversize: 1} })
		})
	}
}

func TestTCPBrokenFrameEndsItsConnectionOnly(t *testing.T) {
	h, c := collect()
	l := start(t, "tcp://127.0.0.1:0", Options{}, h)
	good := dial(t, l)
	send(t, good, "6 app: 1")
	expect(t, c, "app: 1")
	bad := dial(t, l)
	send(t, bad, "6 app: 212345678901234567890 x")
	expectClosed(t, bad)
	expect(t, c, "app: 2")
	send(t, good, "6 app: 3")
	expect(t, c, "app: 3")
	if s := l.Stats(); s.DroppedBroken != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestTCPEndInsideACountedMessageIsCounted(t *testing.T) {
	l := start(t, "tcp://127.0.0.1:0", Options{}, func(*Batch) {})
	conn := dial(t, l)
	send(t, conn, "100 app: 1")
	conn.Close()
	eventually(t, "it is counted", func() bool { return l.Stats() == Stats{DroppedBroken: 1} })
}

func TestTCPClosesUntrustedConnectionsAtOnce(t *testing.T) {
	trust := NewTrust(Sender{Prefix: netip.MustParsePrefix("192.0.2.0/24")})
	l := start(t, "tcp://127.0.0.1:0", Options{Trust: trust}, func(*Batch) { t.Error("a message came through") })
	conn := dial(t, l)
	conn.Write([]byte("app: 1\n"))
	expectClosed(t, conn)
	if s := l.Stats(); s != (Stats{DroppedUntrusted: 1}) {
		t.Errorf("stats %+v", s)
	}
}

func TestTCPBoundsConnectionsOfOnePeerAndInAll(t *testing.T) {
	h, c := collect()
	l := start(t, "tcp://127.0.0.1:0", Options{Connections: 8}, h)
	from := func(host byte) net.Conn {
		conn, err := net.DialTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, host)}, l.Addr().(*net.TCPAddr))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	accepted := func(host byte) net.Conn {
		conn := from(host)
		send(t, conn, "app: 1\n")
		expect(t, c, "app: 1")
		return conn
	}
	first := accepted(1)
	accepted(1)
	expectClosed(t, from(1)) // a quarter of eight
	for host := byte(2); host < 8; host++ {
		accepted(host)
	}
	expectClosed(t, from(9))
	if s := l.Stats(); s.DroppedConnections != 2 {
		t.Errorf("stats %+v", s)
	}
	first.Close()
	eventually(t, "there is room again", func() bool {
		l.places.mu.Lock()
		defer l.places.mu.Unlock()
		return l.places.total == 7
	})
	accepted(9)
}

func TestTCPTellsWhoIsConnected(t *testing.T) {
	changes := make(chan struct{}, 10)
	l := start(t, "tcp://127.0.0.1:0", Options{PeersChanged: func() { changes <- struct{}{} }}, func(*Batch) {})
	conn, again := dial(t, l), dial(t, l)
	<-changes
	if want := []netip.Addr{netip.MustParseAddr("127.0.0.1")}; !slices.Equal(l.Peers(), want) {
		t.Errorf("peers %v, want %v", l.Peers(), want)
	}
	eventually(t, "both connections count", func() bool {
		l.peers.mu.Lock()
		defer l.peers.mu.Unlock()
		return l.peers.total == 2
	})
	conn.Close()
	again.Close()
	<-changes
	if p := l.Peers(); len(p) != 0 {
		t.Errorf("peers %v after the end", p)
	}
	if len(changes) > 0 {
		t.Error("more changes told than there were")
	}
}

func TestTCPClosesASilentConnection(t *testing.T) {
	l := start(t, "tcp://127.0.0.1:0", Options{Idle: 50 * time.Millisecond}, func(*Batch) {})
	expectClosed(t, dial(t, l))
	if s := l.Stats(); s != (Stats{}) {
		t.Errorf("nothing was lost, but stats are %+v", s)
	}
}

// The peer sends a byte well within the idle time, again and again, and never completes a message.
func TestTCPClosesAConnectionThatDripsBytes(t *testing.T) {
	l := start(t, "tcp://127.0.0.1:0", Options{Idle: 200 * time.Millisecond}, func(*Batch) {})
	conn := dial(t, l)
	drip := time.NewTicker(10 * time.Millisecond)
	defer drip.Stop()
	for end := time.After(patience); ; {
		select {
		case <-drip.C:
		case <-end:
			t.Fatal("still connected")
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			break
		}
	}
	if s := l.Stats(); s != (Stats{DroppedBroken: 1}) {
		t.Errorf("stats %+v", s)
	}
}

func TestTCPKeepsAConnectionThatCompletesMessages(t *testing.T) {
	h, c := collect()
	l := start(t, "tcp://127.0.0.1:0", Options{Idle: time.Second}, h)
	conn := dial(t, l)
	begun := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for time.Since(begun) < 1500*time.Millisecond {
		<-tick.C
		send(t, conn, "app: 1\n")
		expect(t, c, "app: 1")
	}
}

// A handler that is stuck with one connection's messages stands for every way of being slow.
func TestTCPSlowConnectionsDoNotStallOthers(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	stuck := make(chan struct{}, 1)
	got := make(chan struct{}, 1)
	l := start(t, "tcp://127.0.0.1:0", Options{}, func(b *Batch) {
		if string(b.Messages[0].Line) == "app: stuck" {
			stuck <- struct{}{}
			<-release
			return
		}
		got <- struct{}{}
	})
	dial(t, l) // silent
	send(t, dial(t, l), "app: half a mess")
	send(t, dial(t, l), "app: stuck\n")
	<-stuck
	send(t, dial(t, l), "app: 1\n")
	select {
	case <-got:
	case <-time.After(patience):
		t.Fatal("the others are stalled")
	}
}

// short is a listener whose first accepts fail for want of descriptors.
type short struct {
	net.Listener
	failures atomic.Int32
}

func (s *short) Accept() (net.Conn, error) {
	if s.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return s.Listener.Accept()
}

func TestTCPWaitsWhenDescriptorsRunOut(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := &short{Listener: inner}
	ln.failures.Store(3)
	h, c := collect()
	l := &Listener{options: Options{}.withDefaults(), trust: loopback(), places: &crowd{}, addr: ln.Addr(), close: ln.Close}
	l.run = func(ctx context.Context, h Handler) error {
		return l.accept(ctx, ln, func(ctx context.Context, conn net.Conn, s *heard) error { return l.serve(ctx, conn, s, h) })
	}
	run(t, l, h)
	send(t, dial(t, l), "app: 1\n")
	expect(t, c, "app: 1")
}

func TestTCPFailureNamesTheListener(t *testing.T) {
	ls, err := Open([]string{"tcp://127.0.0.1:0"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ls[0].close()
	err = ls[0].Run(t.Context(), func(*Batch) {})
	if err == nil || !strings.Contains(err.Error(), "tcp://127.0.0.1:0") {
		t.Errorf("error %v does not name the URL", err)
	}
}

func TestTCPIsNotMultipath(t *testing.T) {
	ln, err := listenTCP(netip.MustParseAddrPort("127.0.0.1:0"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	raw, err := ln.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := control(raw, func(fd int) error {
		protocol, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
		if protocol != unix.IPPROTO_TCP {
			t.Errorf("protocol %d", protocol)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
