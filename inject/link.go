package inject

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// dialTimeout bounds a connection attempt, the TLS handshake included.
	dialTimeout = 10 * time.Second
	// userTimeout is how long a TCP peer may leave data unacknowledged, or its
	// window closed, before the connection is given up.
	userTimeout = 30 * time.Second
	// sendBuffer bounds, doubled by the kernel, what a TCP connection holds that
	// the peer has not acknowledged.
	sendBuffer = 256 << 10
)

var errGone = errors.New("the receiver closed the connection")

// link is a connection to the target.
type link struct {
	net.Conn          // what is written to: the socket, or TLS upon it
	socket   net.Conn // the socket
	raw      syscall.RawConn
	gone     chan struct{} // closed when a stream's peer has closed; nil for datagrams
}

// dial connects to t.
func dial(ctx context.Context, t target) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	socket, err := new(net.Dialer).DialContext(ctx, t.network, t.address)
	if err != nil {
		return nil, err
	}
	l := &link{Conn: socket, socket: socket}
	if l.raw, err = socket.(syscall.Conn).SyscallConn(); err == nil && t.network == "tcp" {
		err = l.openStream(ctx, t.tls)
	}
	if err != nil {
		l.abandon()
		return nil, fmt.Errorf("connect to %s: %w", t.address, err)
	}
	return l, nil
}

// openStream prepares a TCP connection, shakes hands when it is to be TLS, and
// watches for the peer's end of it.
func (l *link) openStream(ctx context.Context, config *tls.Config) error {
	err := l.control(func(fd int) error {
		return errors.Join(
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer),
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds())))
	})
	if err != nil {
		return err
	}
	start := time.Now()
	if config != nil {
		conn := tls.Client(l.socket, config)
		if err := conn.HandshakeContext(ctx); err != nil {
			return err
		}
		l.Conn = conn
	}
	l.gone = make(chan struct{})
	go l.watch()
	if config == nil {
		return nil
	}
	// A TLS 1.3 server looks at the client's certificate when the client already
	// believes in the connection (RFC 8446, section 4.4.2.4). Its refusal takes
	// one more way back; what is written before would be lost.
	select {
	case <-l.gone:
		return errors.New("the receiver closed the connection after the handshake: does it want a client certificate (?cert=FILE&key=FILE)?")
	case <-time.After(2 * time.Since(start)):
		return nil
	}
}

// watch reads what no syslog receiver sends, to see the end of the connection
// when it comes: a write would succeed once more after that, into the void.
func (l *link) watch() {
	defer close(l.gone)
	io.Copy(io.Discard, l.Conn)
	l.socket.SetWriteDeadline(time.Unix(1, 0)) // wakes a blocked write
}

// abandon closes a connection that does not work, without the closing words of
// TLS, for which it would have to wait.
func (l *link) abandon() {
	l.socket.Close()
	if l.gone != nil {
		<-l.gone
	}
}

// finish closes a connection that has delivered everything.
func (l *link) finish() {
	l.Conn.Close()
	l.abandon()
}

// unacknowledged returns how many bytes written to a TCP connection the peer's
// kernel has not acknowledged. It knows even after the connection has failed.
func (l *link) unacknowledged() (n int, err error) {
	err = l.control(func(fd int) error {
		n, err = unix.IoctlGetInt(fd, unix.SIOCOUTQ)
		return err
	})
	return n, err
}

// refused returns the error that the datagram just written has met, where the
// answer comes at once: on the loopback.
func (l *link) refused() error {
	addr, ok := l.RemoteAddr().(*net.UDPAddr)
	if !ok || !addr.IP.IsLoopback() {
		return nil
	}
	return l.control(func(fd int) error {
		errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err != nil || errno == 0 {
			return err
		}
		return unix.Errno(errno)
	})
}

func (l *link) control(f func(fd int) error) error {
	var err error
	return errors.Join(l.raw.Control(func(fd uintptr) { err = f(int(fd)) }), err)
}
