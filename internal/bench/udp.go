package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// vector is how many datagrams travel in one system call, as in package receiver.
const vector = 64

// mmsghdr is struct mmsghdr of sendmmsg(2), which golang.org/x/sys lacks.
type mmsghdr struct {
	unix.Msghdr
	_ uint64 // the length, and padding
}

// A socket sends and receives datagrams many at a time, on loopback.
type socket struct {
	fd      int
	headers [vector]mmsghdr
	iovecs  [vector]unix.Iovec
}

// dialUDP returns a socket that sends to port.
func dialUDP(port int) (*socket, error) {
	s, err := newSocket()
	if err != nil {
		return nil, err
	}
	return s, unix.Connect(s.fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
}

// listenUDP returns a socket that receives at port, with a receive buffer as large
// as package receiver asks for.
func listenUDP(port int) (*socket, error) {
	s, err := newSocket()
	if err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20); err != nil {
		return nil, err
	}
	memory := make([]byte, vector*2048)
	for i := range s.iovecs {
		s.iovecs[i].Base = &memory[i*2048]
		s.iovecs[i].SetLen(2048)
	}
	return s, unix.Bind(s.fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
}

func newSocket() (*socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	s := &socket{fd: fd}
	for i := range s.headers {
		s.headers[i].Iov = &s.iovecs[i]
		s.headers[i].SetIovlen(1)
	}
	return s, err
}

func (s *socket) close() { unix.Close(s.fd) }

// send sends all messages. Loopback delivers in the call: what is sent is in the
// receiver's buffer, or was dropped there.
func (s *socket) send(messages [][]byte) error {
	for len(messages) > 0 {
		n := min(len(messages), vector)
		for i, m := range messages[:n] {
			s.iovecs[i].Base = &m[0]
			s.iovecs[i].SetLen(len(m))
		}
		sent, err := s.call(unix.SYS_SENDMMSG, n, 0)
		if err != nil {
			return fmt.Errorf("send datagrams: %w", err)
		}
		messages = messages[sent:]
	}
	return nil
}

// receive throws away up to 64 datagrams and returns how many; 0 when there are none.
func (s *socket) receive(flags int) (int, error) {
	n, err := s.call(unix.SYS_RECVMMSG, vector, flags)
	if err == unix.EAGAIN {
		return 0, nil
	}
	return n, err
}

func (s *socket) call(number uintptr, count, flags int) (int, error) {
	for {
		n, _, errno := unix.Syscall6(number, uintptr(s.fd), uintptr(unsafe.Pointer(&s.headers)), uintptr(count), uintptr(flags), 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// queue is what /proc/net/udp says of the socket at port: the bytes that wait, and the
// datagrams that were dropped since it was opened.
func queue(port int) (waiting, dropped int64, err error) {
	table, err := os.ReadFile("/proc/self/net/udp")
	if err != nil {
		return 0, 0, err
	}
	local := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) < 13 || f[1] != local {
			continue
		}
		_, rx, _ := strings.Cut(f[4], ":")
		if waiting, err = strconv.ParseInt(rx, 16, 64); err == nil {
			dropped, err = strconv.ParseInt(f[12], 10, 64)
		}
		return waiting, dropped, err
	}
	return 0, 0, fmt.Errorf("no socket at port %d", port)
}

// packets makes n datagrams of a server's log, so many of a hundred of them attacks.
func packets(t traffic, n, attacks int) [][]byte {
	stamp := time.Now().Format(time.Stamp)
	return lines(n, func() string { return "<38>" + stamp + " host " + t.mixed(attacks) })
}
