package ipset

import "strings"

// Type is the kernel's name for a type of set.
type Type string

const (
	// HashNet holds networks of any length, a single address being one of them.
	HashNet Type = "hash:net"
	// HashIP holds single addresses; the kernel expands a network that is added
	// into all of its addresses. It is created to take the place of such a set, for
	// Swap wants both of one type, and, with a NetMask, for a firewall rule that
	// adds the networks of packets' sources.
	HashIP Type = "hash:ip"
)

// revision is the first of a type that has comments, of Linux 3.13. A later one
// would add nothing and hide the set from an older ipset command.
func (t Type) revision() byte {
	if t == HashIP {
		return 2
	}
	return 4
}

// Spec says what set to create. It always has timeouts, and the timeout of an
// element that the ipset command or a firewall rule adds without one is none:
// it stays for ever.
type Spec struct {
	Name     string // 1 to 31 bytes of printable ASCII without blanks and quotes
	Type     Type   // HashNet or HashIP; "" is HashNet
	IPv6     bool   // the family; a set holds one
	HashSize uint32 // buckets at the start, rounded up to a power of two; 0 is the kernel's default, 1024
	MaxElem  uint32 // elements at most; 0 is the kernel's default, 65536
	Comments bool   // elements can carry a comment
	Counters bool   // elements count packets and bytes
	NetMask  uint8  // HashIP only: cut every element to this prefix length; 0 is none
}

// Header describes a set as the kernel has it, without its elements.
type Header struct {
	Name       string
	Type       Type // also one that Spec does not offer
	IPv6       bool
	Revision   uint8  // of the type
	Timeouts   bool   // elements can have a timeout
	Comments   bool   // elements can carry a comment
	Counters   bool   // elements count packets and bytes
	HashSize   uint32 // buckets now
	MaxElem    uint32 // elements at most; refreshing one that is there works in a full set too
	Entries    uint32 // elements now, the expired not counted
	References uint32 // firewall rules and other sets that use it
	MemSize    uint32 // bytes of kernel memory
	NetMask    uint8  // prefix length that hash:ip cuts its elements to; 0 is none
}

// validName tells whether name is one that the kernel takes and that `ipset save`
// writes so that it can be restored.
func validName(name string) bool {
	unfit := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\'' }
	return name != "" && len(name) < nameSize && !strings.ContainsFunc(name, unfit)
}
