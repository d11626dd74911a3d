package control

import (
	"context"
	"errors"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// peer is who is at the other end of a connection, as the kernel tells.
type peer struct {
	uid  int // -1: unknown
	gids []int
}

// mayChange: root, and the user the daemon runs as.
func (p peer) mayChange() bool { return p.uid == 0 || p.uid == os.Geteuid() }

// mayRead: who may change, and the members of group gid.
func (p peer) mayRead(gid int) bool {
	return p.mayChange() || gid >= 0 && slices.Contains(p.gids, gid)
}

// name is the user's name, or the number where there is none.
func (p peer) name() string {
	id := strconv.Itoa(p.uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "uid " + id
}

type peerKey struct{}

// withPeer notes in a connection's context who its peer is.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	p := peer{uid: -1}
	if raw, err := c.(syscall.Conn).SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			if q, err := peerOf(int(fd)); err == nil {
				p = q
			}
		})
	}
	return context.WithValue(ctx, peerKey{}, p)
}

// peerOf asks the kernel. What it tells are the credentials at the time of
// connect(2).
func peerOf(fd int) (peer, error) {
	c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return peer{}, err
	}
	groups, err := peerGroups(fd)
	if err != nil {
		return peer{}, err
	}
	return peer{int(c.Uid), append(groups, int(c.Gid))}, nil
}

// peerGroups returns the supplementary groups. SO_PEERGROUPS (Linux 4.13) says
// ERANGE, and the size that is wanted, when there are more than fit.
func peerGroups(fd int) ([]int, error) {
	ids := make([]uint32, 64)
	for {
		size := uint32(len(ids) * 4)
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&ids[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			out := make([]int, size/4)
			for i := range out {
				out[i] = int(ids[i])
			}
			return out, nil
		case !errors.Is(errno, unix.ERANGE):
			return nil, errno
		}
		ids = make([]uint32, size/4)
	}
}
