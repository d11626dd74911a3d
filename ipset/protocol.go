package ipset

// The numbers of the kernel's interface, from include/uapi/linux/netfilter/ipset/ip_set.h.

// protocol is the version that is spoken: 7 since Linux 4.20; 6 differs only in
// commands that are not used here, and every kernel with 7 accepts 6.
const protocol = 6

// subsystem is ipset's part of the message types of NETLINK_NETFILTER.
const subsystem = 6 << 8

// nameSize is what a set's name may take in the kernel, with its final NUL.
const nameSize = 32

// commentSize is the longest comment in bytes, without its final NUL.
const commentSize = 255

type command uint8

const (
	cmdProtocol command = 1
	cmdCreate   command = 2
	cmdDestroy  command = 3
	cmdFlush    command = 4
	cmdSwap     command = 6
	cmdList     command = 7
	cmdAdd      command = 9
	cmdDelete   command = 10
	cmdTest     command = 11
)

// String is the word for a command in an error.
func (c command) String() string {
	switch c {
	case cmdProtocol:
		return "open"
	case cmdCreate:
		return "create"
	case cmdDestroy:
		return "destroy"
	case cmdFlush:
		return "flush"
	case cmdSwap:
		return "swap"
	case cmdList:
		return "list"
	case cmdAdd:
		return "add"
	case cmdDelete:
		return "delete"
	case cmdTest:
		return "test"
	}
	return "unknown command"
}

// Attributes of a command.
const (
	attrProtocol = 1
	attrSetName  = 2
	attrTypeName = 3
	attrSetName2 = 3 // of swap
	attrRevision = 4
	attrFamily   = 5
	attrFlags    = 6
	attrData     = 7 // one element, or the parameters of a set
	attrADT      = 8 // many elements
	attrLineNo   = 9 // also inside an element: its number
)

// Attributes of an element or of a set's parameters.
const (
	attrIP         = 1
	attrCIDR       = 3
	attrTimeout    = 6
	attrCADTFlags  = 8
	attrHashSize   = 18
	attrMaxElem    = 19
	attrNetMask    = 20
	attrElements   = 24
	attrReferences = 25
	attrMemSize    = 26
	attrBytes      = 24 // in an element the numbers mean something else
	attrPackets    = 25
	attrComment    = 26
)

// Attributes of an address.
const (
	attrIPv4 = 1
	attrIPv6 = 2
)

// Bits of an attribute's type.
const (
	flagNested    = 1 << 15
	flagByteOrder = 1 << 14 // the value is in network byte order
	kindMask      = flagByteOrder - 1
)

// flagListHeader, in attrFlags, asks a dump for the set without its elements.
const flagListHeader = 1 << 2

// Bits of attrCADTFlags.
const (
	flagNoMatch      = 1 << 2
	flagWithCounters = 1 << 3
	flagWithComment  = 1 << 4
)
