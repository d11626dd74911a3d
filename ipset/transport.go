package ipset

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// errLost is a request without an answer, because the receive buffer was full.
var errLost = errors.New("the kernel's answer was lost: what became of the request is unknown")

// execute sends a request that is answered by success or an error only.
func (c *Conn) execute(cmd command, set string, request []byte) error {
	if cmd != cmdProtocol && !validName(set) {
		return &Error{Op: cmd.String(), Set: set, Cause: ErrName}
	}
	_, errno, err := c.exchange(cmd, request)
	return failure(cmd, set, errno, err)
}

// failure makes an error of an answer, or nil when it is success.
func failure(cmd command, set string, errno syscall.Errno, err error) error {
	switch {
	case err != nil:
		return &Error{Op: cmd.String(), Set: set, Cause: err}
	case errno != 0:
		return &Error{Op: cmd.String(), Set: set, Errno: errno, Cause: cause(cmd, errno, false)}
	}
	return nil
}

// exchange sends a request and returns the kernel's acknowledgement and the
// number in it, 0 for success. err is a failure of the transport: what became
// of the request is then unknown.
func (c *Conn) exchange(cmd command, request []byte) (ack message, errno syscall.Errno, err error) {
	flags := netlink.Request | netlink.Acknowledge
	// Without NLM_F_EXCL an add replaces, a delete of what is absent succeeds, and
	// so would create and, on newer kernels, destroy, for no good reason.
	if cmd == cmdCreate || cmd == cmdDestroy {
		flags |= netlink.Excl
	}
	err = c.converse(cmd, flags, request, func(m message) (last bool, err error) {
		if m.kind == syscall.NLMSG_ERROR {
			ack, last = m, true
			errno, err = m.errno()
		}
		return last, err
	})
	return ack, errno, err
}

// dump sends a request for what a set holds and reads the answer into l, to its
// end: the kernel would refuse this socket another dump before that.
func (c *Conn) dump(l *listing, set string, request []byte) error {
	if !validName(set) {
		return &Error{Op: cmdList.String(), Set: set, Cause: ErrName}
	}
	var errno syscall.Errno
	var fault error // the first, what follows it is read and dropped
	err := c.converse(cmdList, netlink.Request|netlink.Dump, request, func(m message) (last bool, err error) {
		if m.kind == syscall.NLMSG_DONE || m.kind == syscall.NLMSG_ERROR {
			errno, err = m.errno()
			return true, err
		}
		if fault == nil {
			fault = l.read(m.data)
		}
		return false, nil
	})
	if err == nil {
		err = fault
	}
	return failure(cmdList, set, errno, err)
}

// converse sends a request and gives each message of the answer to read, until that
// says it was the last. What is left of the answer to an earlier request that
// failed half-way is skipped.
func (c *Conn) converse(cmd command, flags netlink.HeaderFlags, request []byte, read func(message) (last bool, err error)) error {
	if err := c.send(cmd, flags, request); err != nil {
		return err
	}
	for {
		b, err := c.receive()
		if err != nil {
			return err
		}
		for len(b) > 0 {
			var m message
			if m, b, err = nextMessage(b); err != nil {
				return err
			}
			if m.sequence != c.sequence {
				continue
			}
			if last, err := read(m); last || err != nil {
				return err
			}
		}
	}
}

// send sends a request. netlink.Conn would copy it and watch over it from another
// goroutine, which costs more than the kernel needs to add an element.
func (c *Conn) send(cmd command, flags netlink.HeaderFlags, request []byte) error {
	c.sequence++
	head := binary.NativeEndian.AppendUint32(make([]byte, 0, messageHead), uint32(messageHead+len(request)))
	head = binary.NativeEndian.AppendUint16(head, subsystem|uint16(cmd))
	head = binary.NativeEndian.AppendUint16(head, uint16(flags))
	head = binary.NativeEndian.AppendUint32(head, c.sequence)
	head = append(head, 0, 0, 0, 0) // whose it is, the kernel knows
	parts := [][]byte{head, request}
	var failed error
	err := c.raw.Write(func(fd uintptr) bool {
		_, failed = unix.Writev(int(fd), parts)
		return true
	})
	if err == nil {
		err = os.NewSyscallError("writev", failed)
	}
	return err
}

// receive reads one datagram into c.answer. It never waits: the kernel works a
// request off within the system call that sends it, and each next piece of a dump
// within the one that reads the last, so an answer that is not there will not come.
func (c *Conn) receive() ([]byte, error) {
	var n int
	var failed error
	err := c.raw.Read(func(fd uintptr) bool {
		n, failed = syscall.Read(int(fd), c.answer)
		// ENOBUFS tells that some answer was lost; whether it was ours shows
		// when what did arrive has been read.
		for failed == syscall.EINTR || failed == syscall.ENOBUFS {
			n, failed = syscall.Read(int(fd), c.answer)
		}
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case failed == syscall.EAGAIN:
		return nil, errLost
	case failed != nil:
		return nil, os.NewSyscallError("read", failed)
	}
	return c.answer[:n], nil
}
