package ipset

import (
	"encoding/binary"
	"errors"
	"syscall"
)

// errMalformed is what a message that breaks the rules of netlink decodes to.
var errMalformed = errors.New("malformed message from the kernel")

const (
	messageHead = 16 // struct nlmsghdr
	familyHead  = 4  // struct nfgenmsg
)

// message is one netlink message; data follows its header and is borrowed from
// the buffer that it was read into.
type message struct {
	kind     uint16
	sequence uint32
	data     []byte
}

// nextMessage splits the first message off b.
func nextMessage(b []byte) (m message, rest []byte, err error) {
	if len(b) < messageHead {
		return m, nil, errMalformed
	}
	length := binary.NativeEndian.Uint32(b)
	if length < messageHead || uint64(length) > uint64(len(b)) {
		return m, nil, errMalformed
	}
	m.kind = binary.NativeEndian.Uint16(b[4:])
	m.sequence = binary.NativeEndian.Uint32(b[8:])
	m.data = b[messageHead:length]
	return m, b[min(aligned(int(length)), len(b)):], nil
}

// errno is the number in a message of type NLMSG_ERROR or NLMSG_DONE; 0 is success.
func (m message) errno() (syscall.Errno, error) {
	if len(m.data) < 4 {
		return 0, errMalformed
	}
	return syscall.Errno(-int32(binary.NativeEndian.Uint32(m.data))), nil
}

// lineNo is the number of the element at fault, read from the copy of the
// request that an error holds, or 0.
func (m message) lineNo() int {
	const request = 4 + messageHead + familyHead
	if len(m.data) < request {
		return 0
	}
	for b := m.data[request:]; len(b) > 0; {
		var a attribute
		var err error
		if a, b, err = nextAttribute(b); err != nil {
			return 0
		}
		if a.kind == attrLineNo {
			return int(a.uint32())
		}
	}
	return 0
}

// attribute is one attribute; value is borrowed.
type attribute struct {
	kind  uint16 // without its flags
	swap  bool   // numbers are in network byte order
	value []byte
}

// nextAttribute splits the first attribute off b.
func nextAttribute(b []byte) (a attribute, rest []byte, err error) {
	if len(b) < 4 {
		return a, nil, errMalformed
	}
	length := int(binary.NativeEndian.Uint16(b))
	if length < 4 || length > len(b) {
		return a, nil, errMalformed
	}
	kind := binary.NativeEndian.Uint16(b[2:])
	a = attribute{kind: kind & kindMask, swap: kind&flagByteOrder != 0, value: b[4:length]}
	return a, b[min(aligned(length), len(b)):], nil
}

func aligned(n int) int { return (n + 3) &^ 3 }

// A number that is too short for its kind is 0: the kernel has no such message,
// and the value would be wrong either way.

func (a attribute) uint8() uint8 {
	if len(a.value) < 1 {
		return 0
	}
	return a.value[0]
}

func (a attribute) uint32() uint32 {
	if len(a.value) < 4 {
		return 0
	}
	if a.swap {
		return binary.BigEndian.Uint32(a.value)
	}
	return binary.NativeEndian.Uint32(a.value)
}

func (a attribute) uint64() uint64 {
	if len(a.value) < 8 {
		return 0
	}
	if a.swap {
		return binary.BigEndian.Uint64(a.value)
	}
	return binary.NativeEndian.Uint64(a.value)
}

// text is the bytes of a string without its final NUL.
func (a attribute) text() []byte {
	for i, c := range a.value {
		if c == 0 {
			return a.value[:i]
		}
	}
	return a.value
}
