package ipset

import (
	"net/netip"
	"syscall"

	"github.com/mdlayher/netlink"
)

// bufferSize holds the longest answer: an error echoes its request, of a little
// more than maxBatch, and a dump comes in pieces of up to 32 KiB.
const bufferSize = 128 << 10

// Conn is a netlink socket to the kernel's sets, in the network namespace of the
// thread that called Dial. It has one owner: its methods must not be called concurrently.
type Conn struct {
	socket   *netlink.Conn
	raw      syscall.RawConn // for reading too: netlink.Conn hides what an error answer echoes
	sequence uint32          // of the last request
	request  []byte          // used again and again
	answer   []byte
}

// Dial opens a socket and asks the kernel whether it has ipset and allows us to
// use it: ErrPermission, ErrModule.
func Dial() (*Conn, error) {
	fail := func(err error) error { return &Error{Op: cmdProtocol.String(), Cause: err} }
	socket, err := netlink.Dial(syscall.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, fail(err)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		socket.Close()
		return nil, fail(err)
	}
	if err := socket.SetReadBuffer(2 * bufferSize); err != nil {
		socket.Close()
		return nil, fail(err)
	}
	c := &Conn{socket: socket, raw: raw, answer: make([]byte, bufferSize)}
	if err := c.execute(cmdProtocol, "", appendHead(nil)); err != nil {
		socket.Close()
		return nil, err
	}
	return c, nil
}

// Close closes the socket.
func (c *Conn) Close() error { return c.socket.Close() }

// Create creates a set. A set of that name, whatever its type, is ErrExist.
func (c *Conn) Create(s Spec) error {
	return c.execute(cmdCreate, s.Name, appendCreate(c.request[:0], s))
}

// Destroy removes a set: ErrNotExist, or ErrInUse while a firewall rule uses it.
func (c *Conn) Destroy(set string) error {
	return c.execute(cmdDestroy, set, appendSetHead(c.request[:0], set))
}

// Flush removes all elements of a set.
func (c *Conn) Flush(set string) error {
	return c.execute(cmdFlush, set, appendSetHead(c.request[:0], set))
}

// Swap exchanges what two sets hold, in one step, so that a firewall rule which
// uses one never sees it missing. They must be of one family and of one type,
// with or without timeouts, comments and counters: ErrType.
func (c *Conn) Swap(a, b string) error {
	for _, set := range []string{a, b} {
		if !validName(set) {
			return &Error{Op: cmdSwap.String(), Set: set, Cause: ErrName}
		}
	}
	_, errno, err := c.exchange(cmdSwap, appendAttrString(appendSetHead(c.request[:0], a), attrSetName2, b))
	if errno == syscall.ENOENT {
		return failure(cmdSwap, a, errno, err)
	}
	return failure(cmdSwap, a+" with "+b, errno, err)
}

// Add adds elements to a set, in as few messages as they need. An element that is
// in the set is replaced, with its comment, except for its counters; a shorter timeout
// than it has shortens it. The set must have timeouts: ErrNoTimeout.
//
// The first element that the kernel refuses ends it. Then the error is an *Error, n
// elements before that one have been added, none behind it, and when Culprit is
// set it is elements[n] that is at fault and elements[n+1:] may be tried. It may
// be ErrFull, ErrFamily, ErrPrefix or ErrNoComment.
func (c *Conn) Add(set string, elements []Element) (n int, err error) {
	return c.change(cmdAdd, set, elements)
}

// Delete deletes elements from a set; those that are not there are no error.
// n and err are those of Add.
func (c *Conn) Delete(set string, prefixes []netip.Prefix) (n int, err error) {
	elements := make([]Element, len(prefixes))
	for i, p := range prefixes {
		elements[i].Prefix = p
	}
	return c.change(cmdDelete, set, elements)
}

func (c *Conn) change(cmd command, set string, elements []Element) (done int, err error) {
	if !validName(set) {
		return 0, &Error{Op: cmd.String(), Set: set, Cause: ErrName}
	}
	for done < len(elements) {
		var count int
		c.request, count = appendBatch(c.request[:0], cmd, set, elements[done:])
		if count == 0 {
			return done, &Error{Op: cmd.String(), Set: set, Culprit: true, Element: elements[done].Prefix, Cause: ErrPrefix}
		}
		answer, errno, err := c.exchange(cmd, c.request)
		if err != nil {
			return done, &Error{Op: cmd.String(), Set: set, Cause: err}
		}
		if errno != 0 {
			return refused(cmd, set, elements, done, answer.lineNo(), errno)
		}
		done += count
	}
	return done, nil
}

// refused is what Add and Delete return when the kernel refused the element
// number line, counted from 1, behind those that are done.
func refused(cmd command, set string, elements []Element, done, line int, errno syscall.Errno) (int, error) {
	e := &Error{Op: cmd.String(), Set: set, Errno: errno}
	if i := done + line - 1; line > 0 && i < len(elements) {
		done, e.Culprit, e.Element = i, true, elements[i].Prefix
	}
	e.Cause = cause(cmd, errno, e.Culprit)
	return done, e
}

// Test tells whether the set matches addr: the narrowest element that covers it
// decides, as it does for a packet. A set of the other family matches nothing.
func (c *Conn) Test(set string, addr netip.Addr) (bool, error) {
	asked := netip.PrefixFrom(addr, addr.BitLen())
	fail := func(errno syscall.Errno, err error) error {
		return &Error{Op: cmdTest.String(), Set: set, Culprit: true, Element: asked, Errno: errno, Cause: err}
	}
	if !validName(set) {
		return false, &Error{Op: cmdTest.String(), Set: set, Cause: ErrName}
	}
	prefix, ok := canonical(asked)
	if !ok {
		return false, fail(0, ErrPrefix)
	}
	c.request = appendTest(c.request[:0], set, prefix)
	_, errno, err := c.exchange(cmdTest, c.request)
	switch {
	case err != nil:
		return false, fail(0, err)
	case errno == errElementExists: // which here means that it does not
		return false, nil
	case errno != 0:
		return false, fail(errno, cause(cmdTest, errno, true))
	}
	return true, nil
}

// Header describes a set of any type. The kernel counts its elements by walking
// them: some milliseconds for a million.
func (c *Conn) Header(set string) (Header, error) {
	l := &listing{stopped: true}
	err := c.dump(l, set, appendAttrUint32(appendSetHead(c.request[:0], set), attrFlags, flagListHeader))
	return l.header, err
}

// List calls each with the elements of a set, in no order, until it returns
// false. They come as the kernel sends them and are never held all at once. An
// element that is in the set throughout the call is seen once; one that comes or goes
// meanwhile is seen or not. Only hash:net and hash:ip are read, others are ErrType.
func (c *Conn) List(set string, each func(Element) bool) error {
	return c.dump(&listing{each: each}, set, appendSetHead(c.request[:0], set))
}
