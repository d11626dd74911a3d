package receiver

import (
	"math"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many messages at most one system call reads and one Batch holds.
const batchSize = 64

// maxDatagram is the largest payload that a datagram can have.
const maxDatagram = math.MaxUint16

// mmsghdr is struct mmsghdr of recvmmsg(2), which golang.org/x/sys lacks.
type mmsghdr struct {
	unix.Msghdr
	length uint32
}

// datagrams reads from a datagram socket, many at a time, into memory of its own.
//
// The kernel follows pointers inside headers to the other slices. All of them are allocated once and belong to this
// struct, so they live and stay as long as it does.
type datagrams struct {
	raw     syscall.RawConn
	headers [batchSize]mmsghdr
	iovecs  [batchSize]unix.Iovec
	names   [batchSize]unix.RawSockaddrInet6 // large enough for IPv4 too
	control [batchSize][]byte
	buffers [batchSize][]byte

	used  int                // headers that the last call wrote to
	recv  func(uintptr) bool // made once, like take: a closure a call would be an allocation a call
	take  func(uintptr)
	n     int
	errno syscall.Errno
}

// newDatagrams prepares to read datagrams of up to limit bytes from raw, and with each its credentials if asked for. Every buffer
// has a byte more than the limit, so that a longer datagram is known by its length.
func newDatagrams(raw syscall.RawConn, limit int, credentials bool) *datagrams {
	d := &datagrams{raw: raw}
	size := min(limit, maxDatagram) + 1
	memory := make([]byte, batchSize*size)
	for i := range batchSize {
		d.buffers[i] = memory[i*size : (i+1)*size]
		d.iovecs[i].Base = &d.buffers[i][0]
		d.iovecs[i].SetLen(size)
		h := &d.headers[i]
		h.Iov = &d.iovecs[i]
		h.SetIovlen(1)
		if credentials {
			// Room for the credentials and not a byte more: the kernel would put descriptors that a hostile
			// sender attached (SCM_RIGHTS) into what is left, and into our table of open files.
			d.control[i] = make([]byte, unix.CmsgSpace(unix.SizeofUcred))
			h.Control = &d.control[i][0]
		} else {
			h.Name = (*byte)(unsafe.Pointer(&d.names[i]))
		}
	}
	d.used = batchSize
	d.recv = d.recvmmsg
	d.take = func(fd uintptr) { d.recvmmsg(fd) }
	return d
}

// read returns how many datagrams came. With wait it is at least one, and deadlines hold; without, they do not.
func (d *datagrams) read(wait bool) (int, error) {
	for i := range d.used { // the kernel overwrites lengths with what it used
		h := &d.headers[i]
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(len(d.control[i]))
		h.Flags = 0
	}
	d.used = 0
	var err error
	if wait {
		err = d.raw.Read(d.recv)
	} else {
		err = d.raw.Control(d.take)
	}
	if err != nil {
		return 0, err
	}
	if d.errno != 0 {
		return 0, d.errno
	}
	d.used = d.n
	return d.n, nil
}

// recvmmsg reads what is there. It reports false, so that the runtime waits, when nothing is. The call never waits, but takes longer
// than the 20 µs after which the runtime would give our processor to another thread, and for milliseconds wake up to see whether
// it must do so again: hence raw.
func (d *datagrams) recvmmsg(fd uintptr) bool {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&d.headers)), batchSize,
			unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC, 0, 0)
		switch errno {
		case unix.EINTR:
		case unix.EAGAIN:
			d.n, d.errno = 0, 0
			return false
		default:
			d.n, d.errno = int(n), errno
			return true
		}
	}
}

// text returns the i-th datagram, and whether it was longer than the limit and is cut there.
func (d *datagrams) text(i int) ([]byte, bool) {
	b := d.buffers[i]
	n := int(d.headers[i].length)
	if n == len(b) {
		return b[:n-1], true
	}
	return b[:n], false
}

// peer returns the address that the i-th datagram says it came from, unmapped.
func (d *datagrams) peer(i int) netip.Addr {
	switch name := &d.names[i]; name.Family {
	case unix.AF_INET:
		return netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr)
	case unix.AF_INET6:
		return netip.AddrFrom16(name.Addr).Unmap()
	default:
		return netip.Addr{}
	}
}

// uid returns the user that the kernel says sent the i-th datagram, and false when it does not say.
func (d *datagrams) uid(i int) (uint32, bool) {
	control := d.control[i][:d.headers[i].Controllen]
	if len(control) < unix.CmsgLen(unix.SizeofUcred) {
		return 0, false
	}
	h, data, _, err := unix.ParseOneSocketControlMessage(control)
	if err != nil || h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_CREDENTIALS || len(data) < unix.SizeofUcred {
		return 0, false
	}
	return (*unix.Ucred)(unsafe.Pointer(&data[0])).Uid, true
}
