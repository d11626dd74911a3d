package receiver

import (
	"context"
	"net"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// start opens one URL and runs it with h until the test ends.
func start(t testing.TB, url string, o Options, h Handler) *Listener {
	t.Helper()
	ls, err := Open([]string{url}, o)
	if err != nil {
		t.Fatal(err)
	}
	run(t, ls[0], h)
	return ls[0]
}

// run runs l with h until the test ends.
func run(t testing.TB, l *Listener, h Handler) {
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
func collect() (Handler, chan got) {
	c := make(chan got, 10000)
	return func(b *Batch) {
		for _, m := range b.Messages {
			c <- got{string(m.Line), m.Truncated}
		}
	}, c
}

// next receives a message.
func next(t testing.TB, c chan got) got {
	t.Helper()
	select {
	case g := <-c:
		return g
	case <-time.After(patience):
		t.Fatal("no message came")
		return got{}
	}
}

// expect receives the lines in their order.
func expect(t testing.TB, c chan got, want ...string) {
	t.Helper()
	for _, w := range want {
		if g := next(t, c); g.Line != w {
			t.Errorf("got message %.200q, want %.200q", g.Line, w)
		}
	}
}

// dial connects to l, and closes the connection with the test.
func dial(t testing.TB, l *Listener) net.Conn {
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
