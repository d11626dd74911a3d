package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Socket is a bound control socket.
type Socket struct {
	listener *net.UnixListener
	gid      int // members may read; -1: nobody
}

// Listen binds the socket at path. Its mode lets the owner connect and the
// members of group, which may be empty. The directory is made when only that is
// missing; a socket that nobody serves any more is replaced. An error changes
// nothing.
func Listen(path, group string) (*Socket, error) {
	gid, err := groupID(group)
	if err != nil {
		return nil, fmt.Errorf("control socket %s: %w", path, err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("control socket %s: %w", path, err)
	}
	if err := removeStale(path); err != nil {
		return nil, fmt.Errorf("control socket %s: %w", path, err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := permit(path, gid); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket %s: give it to group %s: %w", path, group, err), l.Close())
	}
	return &Socket{l, gid}, nil
}

// permit sets the mode last: until then nobody else could connect, and whoever
// did all the same is known by his credentials.
func permit(path string, gid int) error {
	mode := fs.FileMode(0o600)
	if gid >= 0 {
		mode = 0o660
		if err := os.Lchown(path, -1, gid); err != nil {
			return err
		}
	}
	return os.Chmod(path, mode)
}

// groupID looks up a group's number.
func groupID(group string) (int, error) {
	if group == "" {
		return -1, nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return 0, fmt.Errorf("look up its group: %w", err)
	}
	return strconv.Atoi(g.Gid)
}

// removeStale removes the socket of a daemon that was killed.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return errors.New("something that is no socket stands there")
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		c.Close()
		return errors.New("another daemon serves it")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// Path returns where the socket is.
func (s *Socket) Path() string { return s.listener.Addr().String() }

// Close gives back a socket that will not be served, and removes it.
func (s *Socket) Close() error {
	if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
