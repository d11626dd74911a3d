package inject_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/inject"
)

func TestLostLinesAreToldOfBeforeTheNext(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := listen(t, network)
			r.close()
			s := start(t, inject.Config{To: r.url})
			const lines = 100_000
			s.in.WriteString(strings.Repeat(strings.Repeat("x", 99)+"\n", lines))
			r.listen(t)
			first := r.next(t)
			var lost, arrived, n int
			for message := first; ; message = r.next(t) {
				if _, err := fmt.Sscanf(message, "apache: syslog-inject: lines lost: %d", &n); err == nil {
					lost += n
				} else {
					arrived++
				}
				if lost+arrived == lines {
					break
				}
			}
			if !strings.HasPrefix(first, "apache: syslog-inject: ") || lost < lines/2 {
				t.Errorf("first came %q; %d lost in all", first, lost)
			}
			if got, want := s.end(), (inject.Totals{Read: lines, Lost: uint64(lost)}); got != want {
				t.Errorf("totals %+v, want %+v", got, want)
			}
		})
	}
}

func TestAReceiverThatNeverReadsDoesNotHoldUpTheWriter(t *testing.T) {
	for network, lines := range map[string]int{"tcp": 1_000_000, "tls": 250_000, "unix": 250_000} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			s := start(t, inject.Config{To: listenDeaf(t, network)})
			s.write(t, 1, lines)
			totals := s.end()
			if totals.Read != uint64(lines) || totals.Lost == 0 {
				t.Errorf("totals %+v, want %d lines read and most of them lost", totals, lines)
			}
		})
	}
}

func TestWhatATCPReceiverHasNotAcknowledgedIsSentAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := start(t, inject.Config{To: "tcp://" + l.Addr().String()})
	const lines = 100_000
	s.write(t, 1, lines)
	deaf, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	last := lastAcknowledged(t, deaf.(*net.TCPConn))
	deaf.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := &receiver{messages: make(chan []byte, lines)}
	r.done.Go(func() { r.readCounted(conn) })
	var first int
	if _, err := fmt.Sscanf(r.next(t), "apache: line %d", &first); err != nil {
		t.Fatal(err)
	}
	if last == lines || first == 1 || first > last+1 {
		t.Errorf("the first receiver acknowledged the lines up to %d, the second got those from %d", last, first)
	}
	expect(t, r, first+1, lines)
	if got, want := s.end(), (inject.Totals{Read: lines}); got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
	r.done.Wait()
}

// lastAcknowledged waits until conn takes nothing more, and returns the number
// of the last whole line that waits in it unread.
func lastAcknowledged(t *testing.T, conn *net.TCPConn) (last int) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16<<20)
	for n, before := 0, -1; n == 0 || n != before; time.Sleep(100 * time.Millisecond) {
		before = n
		raw.Control(func(fd uintptr) {
			n, _, err = unix.Recvfrom(int(fd), buf, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		})
		if n = max(n, 0); n > 0 {
			text := string(buf[:n])
			fmt.Sscanf(text[strings.LastIndex(text[:strings.LastIndex(text, "<")], "line "):], "line %d", &last)
		}
	}
	return last
}

func TestAWriterThatNeverPausesDoesNotKeepASenderAlive(t *testing.T) {
	t.Parallel()
	s := start(t, inject.Config{To: "unix:///nonexistent/log"})
	s.cancel()
	for {
		if _, err := s.in.WriteString("still here\n"); err != nil {
			break // nobody reads any more
		}
	}
	if totals := <-s.totals; totals.Read == 0 || totals.Lost != totals.Read {
		t.Errorf("totals %+v, want that everything read was counted as lost", totals)
	}
}

func TestACopyThatHangsDoesNotKeepASenderAlive(t *testing.T) {
	t.Parallel()
	// A FIFO that somebody holds open and nobody reads takes 64 KiB and hangs.
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fifo.Close() // wakes the write
	r := listen(t, "unix")
	s := start(t, inject.Config{To: r.url, Copy: path})
	s.write(t, 1, 10_000)
	expect(t, r, 1, 10_000)
	if totals := s.end(); totals.Read != 10_000 || totals.Lost != 0 || totals.Uncopied == 0 {
		t.Errorf("totals %+v, want 10000 lines read, sent, and not all copied", totals)
	}
}
