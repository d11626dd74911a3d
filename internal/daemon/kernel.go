package daemon

import (
	"net/netip"

	"syslog-blacklist/ipset"
)

// kernel is what the enforcer needs of the sets: the kernel's own, by netlink
// (ipset.Conn), or the model of them that a dry run and the tests use. Each user
// has a kernel of its own; a netlink socket has one owner.
type kernel interface {
	Create(ipset.Spec) error
	Header(set string) (ipset.Header, error)
	Add(set string, elements []ipset.Element) (int, error)
	Delete(set string, prefixes []netip.Prefix) (int, error)
	List(set string, each func(ipset.Element) bool) error
	Swap(a, b string) error
	Destroy(set string) error
	Close() error
}
