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
	ErrType       = errors.New("the set is of another type: see what `ipset list -t` says of it")
	ErrFamily     = errors.New("the set does not take it: it holds the other address family, or is of another type")
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

// Error is `operation object: cause`, the cause with what to do about it.
func (e *Error) Error() string {
	words := fmt.Sprintf("%s %s: %v", e.Op, e.object(), e.Cause)
	if e.Errno > errPrivate {
		words += fmt.Sprintf(" (kernel error %d)", int(e.Errno))
	}
	return words
}

// object is what the operation was about, with the preposition that fits it.
func (e *Error) object() string {
	if e.Op == cmdProtocol.String() {
		return "ipset socket"
	}
	set := "set " + e.Set
	if errors.Is(e.Cause, ErrName) {
		set = fmt.Sprintf("set %q", e.Set)
	}
	switch e.Op {
	case cmdAdd.String():
		set = "to " + set
	case cmdDelete.String():
		set = "from " + set
	case cmdTest.String():
		set = "in " + set
	}
	if e.Culprit {
		return e.Element.String() + " " + set
	}
	return set
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
		// Every message is well formed, so it is the set that is not what it was taken for.
		if culprit {
			return ErrFamily
		}
		return ErrType
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
