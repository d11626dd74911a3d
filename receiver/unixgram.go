package receiver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// firstUser is the lowest UID of ordinary users. Services with DynamicUser= and those of user namespaces (65534) lie above it too.
const firstUser = 1000

// unixPath returns the path that a unixgram URL names.
func unixPath(u *url.URL) (string, error) {
	if u.Host != "" || !strings.HasPrefix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("no absolute path: write unixgram:///run/NAME with three slashes")
	}
	if longest := len(unix.RawSockaddrUnix{}.Path) - 1; len(u.Path) > longest {
		return "", fmt.Errorf("path too long: the kernel takes %d bytes", longest)
	}
	return u.Path, nil
}

// openUnixgram binds l to a path, where a socket that nobody listens on any more is replaced, or to the inherited socket file
// when there is one.
//
// Every datagram's sender is known from the kernel, or from a privileged forwarder: journald sends each message on
// with the credentials of the process that logged it (and its own for those of the kernel), so ordinary users are told apart at
// /run/systemd/journal/syslog as well. What was queued at an inherited socket without PassCredentials=yes comes without.
func (l *Listener) openUnixgram(path string, file *os.File) error {
	conn, remove, err := listenUnixgram(path, file)
	if err != nil {
		return bindError(err)
	}
	l.close = func() error {
		remove()
		return conn.Close()
	}
	l.addr = conn.LocalAddr()
	raw, err := rawConn(conn)
	if err != nil {
		return err
	}
	if err := control(raw, passCredentials); err != nil {
		return fmt.Errorf("ask for credentials: %w", err)
	}
	d := newDatagrams(raw, l.options.Line, true)
	l.run = func(ctx context.Context, h Handler) error {
		defer wakeAtEnd(ctx, conn)()
		return l.readDatagrams(ctx, d, h, func(i int, _ time.Time) (netip.Addr, bool) {
			uid, known := d.uid(i)
			return netip.Addr{}, known && (uid < firstUser || l.options.TrustUsers)
		})
	}
	return nil
}

// listenUnixgram binds path, and returns what removes it again.
func listenUnixgram(path string, file *os.File) (conn net.PacketConn, remove func(), err error) {
	if file != nil {
		defer file.Close()
		conn, err = net.FilePacketConn(file)
		return conn, func() {}, err // the path is systemd's
	}
	if err := removeStale(path); err != nil {
		return nil, nil, err
	}
	lc := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return control(raw, passCredentials) // before the first datagram can come
	}}
	if conn, err = lc.ListenPacket(context.Background(), "unixgram", path); err != nil {
		return nil, nil, err
	}
	ours, err := os.Lstat(path)
	if err == nil {
		err = os.Chmod(path, 0o666) // every program may log, as at /dev/log
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, func() {
		if now, err := os.Lstat(path); err == nil && os.SameFile(ours, now) { // not what a successor bound
			os.Remove(path)
		}
	}, nil
}

func passCredentials(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
}

// removeStale removes a socket that nobody listens on. Anything else stays.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is no socket: remove it or choose another path", path)
	}
	conn, err := net.Dial("unixgram", path)
	if err == nil {
		conn.Close()
		return syscall.EADDRINUSE
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}
