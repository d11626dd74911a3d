package receiver

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiveBuffer is the receive buffer that every datagram socket asks for, in bytes: some twenty thousand short messages.
const receiveBuffer = 16 << 20

// kernelDrops follows the kernel's count of one datagram socket. The zero value counts nothing.
type kernelDrops struct {
	raw    syscall.RawConn
	buffer int

	mu   sync.Mutex
	last uint32 // guarded by mu: the kernel's count, which wraps
	sum  uint64 // guarded by mu
}

// follow asks for a large receive buffer and begins to count.
func (k *kernelDrops) follow(raw syscall.RawConn) error {
	if err := askBuffer(raw, receiveBuffer); err != nil {
		return fmt.Errorf("set receive buffer: %w", err)
	}
	size, err := gotBuffer(raw)
	if err != nil {
		return fmt.Errorf("read size of receive buffer: %w", err)
	}
	k.raw, k.buffer = raw, size
	return nil
}

// total returns the datagrams dropped so far; after the socket was closed, as many as when it was asked last.
func (k *kernelDrops) total() uint64 {
	if k.raw == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if now, err := socketDrops(k.raw); err == nil {
		k.sum += uint64(now - k.last)
		k.last = now
	}
	return k.sum
}

// askBuffer asks for a receive buffer of the given size, beyond the limit of the system when we have CAP_NET_ADMIN. What was got
// is read with gotBuffer; less is no error.
func askBuffer(raw syscall.RawConn, size int) error {
	return control(raw, func(fd int) error {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) == nil {
			return nil
		}
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
	})
}

// gotBuffer returns the size of the receive buffer in the unit in which it is asked for: the kernel doubles that number to
// allow for its own bookkeeping, and tells the double.
func gotBuffer(raw syscall.RawConn) (size int, err error) {
	err = control(raw, func(fd int) (err error) {
		size, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		return err
	})
	return size / 2, err
}

// socketDrops returns how many datagrams the kernel threw away at this socket. SO_RXQ_OVFL would tell it with the next
// datagram only, and so never tell of the last ones; SO_MEMINFO can be asked at any time.
func socketDrops(raw syscall.RawConn) (drops uint32, err error) {
	var info [unix.SK_MEMINFO_VARS]uint32
	size := uint32(unsafe.Sizeof(info))
	err = control(raw, func(fd int) error {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			return errno
		}
		return nil
	})
	return info[unix.SK_MEMINFO_DROPS], err
}

// control calls f with the descriptor of a socket that is not closed meanwhile.
func control(raw syscall.RawConn, f func(fd int) error) error {
	var inner error
	outer := raw.Control(func(fd uintptr) { inner = f(int(fd)) })
	return errors.Join(outer, inner)
}
