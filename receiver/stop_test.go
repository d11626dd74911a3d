package receiver

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runStopped runs l as if it were told to stop at once.
func runStopped(t *testing.T, l *Listener, h Handler) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Run(ctx, h); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestDatagramsThatWaitWhenItIsToldToStopAreHandedOn(t *testing.T) {
	// The kernel lets ten datagrams wait at a unix socket (net.unix.max_dgram_qlen).
	for url, n := range map[string]int{"udp://127.0.0.1:0": 1000, "unixgram://" + filepath.Join(t.TempDir(), "log"): 10} {
		t.Run(url[:8], func(t *testing.T) {
			ls, err := Open([]string{url}, Options{TrustUsers: true})
			if err != nil {
				t.Fatal(err)
			}
			fill(t, dial(t, ls[0]), n)
			messages, last := 0, false
			runStopped(t, ls[0], func(b *Batch) { messages, last = messages+len(b.Messages), !b.More })
			if messages != n || !last {
				t.Errorf("%d of %d messages, the end told: %v", messages, n, last)
			}
		})
	}
}

func TestDatagramsForWhichNoTimeIsLeftAreCounted(t *testing.T) {
	var log bytes.Buffer
	ls, err := Open([]string{"udp://127.0.0.1:0"}, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, dial(t, ls[0]), 1000)
	ls[0].stopTime = 0
	runStopped(t, ls[0], func(b *Batch) { t.Errorf("%d messages were handed on", len(b.Messages)) })
	if !strings.Contains(log.String(), "stopped with 1000 datagrams unread") {
		t.Errorf("the log says %q", &log)
	}
}

// stopWaiting lets a handler take the first message of a connection and tells l to stop meanwhile, when text has arrived, too. It
// returns what was handed on until Run returned.
func stopWaiting(t *testing.T, l *Listener, connect func() net.Conn, text string) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	begun, goOn, done := make(chan bool), make(chan bool), make(chan error)
	var lines []string
	go func() {
		done <- l.Run(ctx, func(b *Batch) {
			for _, m := range b.Messages {
				lines = append(lines, string(m.Line))
			}
			if len(lines) == 1 {
				begun <- true
				<-goOn
			}
		})
	}()
	conn := connect()
	send(t, conn, "app: 0\n")
	<-begun
	// At once: of many small segments the congestion window would keep some with the sender.
	send(t, conn, text)
	cancel()
	goOn <- true
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Run does not return")
	}
	return lines
}

func TestWhatHasArrivedInAConnectionWhenItIsToldToStopIsHandedOn(t *testing.T) {
	a := newAuthority(t)
	const n = 5000 // more than one read takes
	for _, url := range []string{"tcp://127.0.0.1:0", "tls://127.0.0.1:0"} {
		t.Run(url[:3], func(t *testing.T) {
			ls, err := Open([]string{url}, Options{TLS: a.server()})
			if err != nil {
				t.Fatal(err)
			}
			lines := stopWaiting(t, ls[0], func() net.Conn {
				if url[:3] == "tcp" {
					return dial(t, ls[0])
				}
				conn, err := a.dial(ls[0], 0)
				if err != nil {
					t.Fatal(err)
				}
				return conn
			}, strings.Repeat("app: 1\n", n))
			if len(lines) != n+1 {
				t.Errorf("%d messages, want %d", len(lines), n+1)
			}
		})
	}
}

func TestBytesForWhichNoTimeIsLeftAreCounted(t *testing.T) {
	var log bytes.Buffer
	ls, err := Open([]string{"tcp://127.0.0.1:0"}, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ls[0].stopTime = 0
	lines := stopWaiting(t, ls[0], func() net.Conn { return dial(t, ls[0]) }, "app: 1\n")
	if len(lines) != 1 || !strings.Contains(log.String(), "stopped with 7 bytes unread") {
		t.Errorf("%d messages were handed on, and the log says %q", len(lines), &log)
	}
}
