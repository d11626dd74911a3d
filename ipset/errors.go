package ipset

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// What goes wrong in a way that a caller may want to tell apart, by errors.Is.
var (
	ErrPermission = errors.New("not permitted: CAP_NET_ADMIN is needed, in the user namespace that owns the network namespace")
	ErrModule     = errors.New("the kernel has no ipset: load the modules ip_set and ip_set_hash_net (modprobe ip_set_hash_net; on a minimal kernel, install the distribution's package of extra modules)")
	ErrNotExist   = errors.New("no such set")
	ErrExist      = errors.New("a set of that name exists")
	ErrType       = errors.New("the set is of another type: look at its header")
	ErrFamily     = errors.New("the set does not hold this address family: IPv4 and IPv6 need a set each")
	ErrFull       = errors.New("the set is full: elements in it can be refreshed, new ones need a set with a larger maxelem")
	ErrInUse      = errors.New("the set is in use by a firewall rule or another set: remove that first")
	ErrName       = errors.New("not a set's name: 1 to 31 bytes of printable ASCII without blanks and quotes")
	ErrPrefix     = errors.New("not a network that a set can hold: a length of 1 or more is needed")
	ErrNoTimeout  = errors.New("the set was created without timeouts: create it anew")
	ErrNoComment  = errors.New("the set was created without comments: write none, or create it anew")
)

// Error is what every method returns when a request fails. errors.Is finds both
// the sentinel above that fits, if one does, and the kernel's number.
type Error struct {
	Op      string        // such as "add"
	Set     string        // "" when opening the socket
	Culprit bool          // one element is at fault; those behind it may do
	Element netip.Prefix  // the element at fault, as it was given
	Errno   syscall.Errno // what the kernel answered, numbers from 4096 being ipset's own; 0 when it was not asked
	Cause   error         // a sentinel, or what else went wrong
}

// Error is `operation object: cause`.
func (e *Error) Error() string {
	object := "ipset socket"
	switch {
	case e.Culprit && e.Op == cmdDelete.String():
		object = fmt.Sprintf("%v from set %s", e.Element, e.Set)
	case e.Culprit && e.Op == cmdTest.String():
		object = fmt.Sprintf("%v in set %s", e.Element, e.Set)
	case e.Culprit:
		object = fmt.Sprintf("%v to set %s", e.Element, e.Set)
	case errors.Is(e.Cause, ErrName):
		object = fmt.Sprintf("set %q", e.Set)
	case e.Set != "":
		object = "set " + e.Set
	}
	if e.Errno >= errPrivate {
		return fmt.Sprintf("%s %s: %v (kernel error %d)", e.Op, object, e.Cause, int(e.Errno))
	}
	return fmt.Sprintf("%s %s: %v", e.Op, object, e.Cause)
}

// Unwrap gives errors.Is both the cause and the kernel's number.
func (e *Error) Unwrap() []error {
	if e.Errno == 0 {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Errno}
}

// The kernel's own numbers, enum ipset_errno and the hash types' of ip_set_hash.h.
const (
	errPrivate       syscall.Errno = 4096
	errProtocol      syscall.Errno = 4097
	errFindType      syscall.Errno = 4098
	errBusy          syscall.Errno = 4100
	errSetName2      syscall.Errno = 4101
	errTypeMismatch  syscall.Errno = 4102
	errElementExists syscall.Errno = 4103
	errInvalidCIDR   syscall.Errno = 4104
	errTimeout       syscall.Errno = 4107
	errReferenced    syscall.Errno = 4108
	errComment       syscall.Errno = 4112
	errHashFull      syscall.Errno = 4352
	errHashElement   syscall.Errno = 4353
)

// cause says in words what the kernel meant with errno.
func cause(cmd command, errno syscall.Errno, culprit bool) error {
	switch errno {
	case syscall.EPERM:
		return ErrPermission
	case errFindType:
		return ErrModule
	case syscall.ENOENT:
		return ErrNotExist
	case syscall.EEXIST:
		return ErrExist
	case errSetName2: // swap with a set that does not exist
		return ErrNotExist
	case errTypeMismatch:
		return ErrType
	case errBusy, errReferenced:
		return ErrInUse
	case errInvalidCIDR, errHashElement:
		return ErrPrefix
	case errTimeout:
		return ErrNoTimeout
	case errComment:
		return ErrNoComment
	case errHashFull:
		return ErrFull
	case errProtocol:
		// Every message is well formed, so it is the one thing in it that depends on the set.
		if culprit {
			return ErrFamily
		}
	case syscall.EINVAL:
		// nfnetlink's answer when nobody speaks for ipset and no module came.
		if cmd == cmdProtocol {
			return ErrModule
		}
	}
	if errno > errPrivate {
		return errors.New("refused by the kernel")
	}
	return errno
}
