package receiver

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// inherited is a socket that systemd handed over, and what it is bound to, as place and unixPlace write it.
type inherited struct {
	file  *os.File
	place string
}

// place names an address on a transport. All ways to write "every address" are one place.
func place(network string, at netip.AddrPort) string {
	if !at.Addr().IsValid() || at.Addr().IsUnspecified() {
		return fmt.Sprintf("%s://*:%d", network, at.Port())
	}
	return fmt.Sprintf("%s://%s", network, at)
}

// unixPlace names a unix datagram socket. It is also the URL of one that no URL names.
func unixPlace(path string) string { return "unixgram://" + path }

// adopt finds out what the inherited files are.
func adopt(files []*os.File) ([]inherited, error) {
	var sockets []inherited
	var faults []error
	for _, f := range files {
		p, err := placeOf(int(f.Fd()))
		if err != nil {
			faults = append(faults, fmt.Errorf("inherited file %s: %w; the socket unit must have ListenDatagram= or ListenStream= with Accept=no",
				f.Name(), err))
		}
		sockets = append(sockets, inherited{f, p})
	}
	return sockets, errors.Join(faults...)
}

// placeOf returns the place of a listening socket.
func placeOf(fd int) (string, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return "", err
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return "", err
	}
	listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil {
		return "", err
	}
	network := "udp"
	if kind == unix.SOCK_STREAM && listening == 1 {
		network = "tcp"
	} else if kind != unix.SOCK_DGRAM {
		return "", errors.New("neither a datagram socket nor one that listens")
	}
	switch a := address.(type) {
	case *unix.SockaddrInet4:
		return place(network, netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))), nil
	case *unix.SockaddrInet6:
		return place(network, netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))), nil
	case *unix.SockaddrUnix:
		if kind == unix.SOCK_DGRAM && a.Name != "" {
			return unixPlace(a.Name), nil
		}
	}
	return "", errors.New("not a socket of a kind that syslog comes by")
}

// take returns the inherited socket at a place, nil when there is none. The caller closes it.
func (b *binder) take(place string) *os.File {
	i := slices.IndexFunc(b.inherited, func(s inherited) bool { return s.place == place })
	if i < 0 {
		return nil
	}
	f := b.inherited[i].file
	b.inherited = slices.Delete(b.inherited, i, i+1)
	return f
}

// bindRest makes listeners of the inherited unix sockets that no URL named: who enables syslog.socket wants journald's messages.
// Network sockets must be named, since their URL says what is spoken on them.
func (b *binder) bindRest() (faults []error) {
	for len(b.inherited) > 0 {
		place := b.inherited[0].place
		file := b.take(place)
		path, ok := strings.CutPrefix(place, unixPlace(""))
		if !ok {
			file.Close()
			faults = append(faults, fmt.Errorf("inherited socket %s: no URL names it: add it to listen, or take it from the socket unit", place))
			continue
		}
		if err := b.add(place).openUnixgram(path, file); err != nil {
			faults = append(faults, fmt.Errorf("listen on inherited socket %s: %w", place, err))
		}
	}
	return faults
}
