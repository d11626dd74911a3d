package receiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopTime is how long a listener that is told to stop goes on with what had come by then. A full receive buffer takes some
// tens of milliseconds; only who sends without end comes near it.
const stopTime = time.Second

// past is a deadline that wakes whoever reads or writes.
var past = time.Unix(1, 0)

// readLast hands on the datagrams that wait in the socket of a listener that is told to stop, and counts those that it has no
// time for.
func (l *Listener) readLast(d *datagrams, out *outbox, admit admitFunc) error {
	for end := time.Now().Add(l.stopTime); time.Now().Before(end); {
		n, err := d.read(false)
		if n == 0 || err != nil {
			return err
		}
		l.handOn(d, n, out, n == batchSize, admit)
	}
	left := 0
	for end := time.Now().Add(stopTime); time.Now().Before(end); {
		n, err := d.read(false)
		if n == 0 || err != nil {
			break
		}
		left += n
	}
	if left > 0 {
		l.options.Logger.Warn(fmt.Sprintf("stopped with %d datagrams unread: more came than could be read", left), "listener", l.url)
	}
	return nil
}

// errStopped ends the reading of a connection whose listener was told to stop.
var errStopped = errors.New("the listener stopped")

// stoppable is a connection that gives what has arrived when its listener is told to stop, and then errStopped.
type stoppable struct {
	net.Conn
	raw  syscall.RawConn
	idle time.Duration
	done <-chan struct{} // closed when the listener is told to stop
	rest time.Duration   // how long it then goes on
	end  time.Time       // when that is over; zero before
}

// newStoppable returns conn in that form. The function it returns must be called when nobody uses it any more.
func newStoppable(ctx context.Context, conn net.Conn, l *Listener) (*stoppable, func() bool, error) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil, nil, errors.New("not a socket of the operating system")
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	s := &stoppable{Conn: conn, raw: raw, idle: l.options.Idle, done: ctx.Done(), rest: l.stopTime}
	return s, context.AfterFunc(ctx, func() { conn.SetDeadline(past) }), nil
}

// alive lets the connection go on for the idle time from now.
func (s *stoppable) alive(now time.Time) {
	// Reading TLS can mean writing (a key update), so the deadline is for both.
	s.SetDeadline(now.Add(s.idle))
	if s.stopped() { // or the deadline that was to wake us would be gone
		s.SetDeadline(past)
	}
}

func (s *stoppable) stopped() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Read is the connection's, and goes on after a deadline when that meant to stop.
func (s *stoppable) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !s.stopped() {
		return n, err
	}
	if s.end.IsZero() {
		s.end = time.Now().Add(s.rest)
	}
	if !time.Now().Before(s.end) {
		return 0, errStopped
	}
	outer := s.raw.Control(func(fd uintptr) { n, err = unix.Read(int(fd), b) })
	switch {
	case outer != nil:
		return 0, outer
	case errors.Is(err, unix.EAGAIN):
		return 0, errStopped
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// left returns how many bytes have arrived and were not read, 0 when the kernel does not say.
func (s *stoppable) left() (n int) {
	s.raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCINQ) })
	return n
}
