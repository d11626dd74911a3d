package ipset

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
	"time"
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

// listing gathers what the messages of a dump say of one set.
type listing struct {
	header  Header
	each    func(Element) bool
	stopped bool   // each wants no more
	comment string // the last one: neighbours often share theirs, and then its memory
}

// read takes one message of a dump: the set's name, its type and parameters (in
// the first message only), and elements.
func (l *listing) read(data []byte) error {
	if len(data) < familyHead {
		return errMalformed
	}
	for b := data[familyHead:]; len(b) > 0; {
		a, rest, err := nextAttribute(b)
		if err != nil {
			return err
		}
		b = rest
		switch a.kind {
		case attrSetName:
			l.header.Name = string(a.text())
		case attrTypeName:
			l.header.Type = Type(a.text())
		case attrFamily:
			l.header.IPv6 = a.uint8() == syscall.AF_INET6
		case attrRevision:
			l.header.Revision = a.uint8()
		case attrData:
			err = l.readParameters(a.value)
		case attrADT:
			err = l.readElements(a.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) readParameters(b []byte) error {
	for len(b) > 0 {
		a, rest, err := nextAttribute(b)
		if err != nil {
			return err
		}
		b = rest
		switch a.kind {
		case attrHashSize:
			l.header.HashSize = a.uint32()
		case attrMaxElem:
			l.header.MaxElem = a.uint32()
		case attrNetMask:
			l.header.NetMask = a.uint8()
		case attrTimeout:
			l.header.Timeouts = true
		case attrCADTFlags:
			l.header.Counters = a.uint32()&flagWithCounters != 0
			l.header.Comments = a.uint32()&flagWithComment != 0
		case attrElements:
			l.header.Entries = a.uint32()
		case attrReferences:
			l.header.References = a.uint32()
		case attrMemSize:
			l.header.MemSize = a.uint32()
		}
	}
	return nil
}

func (l *listing) readElements(b []byte) error {
	if l.header.Type != HashNet && l.header.Type != HashIP {
		return ErrType
	}
	for len(b) > 0 && !l.stopped {
		a, rest, err := nextAttribute(b)
		if err != nil {
			return err
		}
		b = rest
		if a.kind != attrData {
			continue
		}
		e, err := l.readElement(a.value)
		if err != nil {
			return err
		}
		l.stopped = !l.each(e)
	}
	return nil
}

func (l *listing) readElement(b []byte) (Element, error) {
	var e Element
	var addr netip.Addr
	length := int(l.header.NetMask)
	for len(b) > 0 {
		a, rest, err := nextAttribute(b)
		if err != nil {
			return e, err
		}
		b = rest
		switch a.kind {
		case attrIP:
			addr = readAddr(a.value)
		case attrCIDR:
			length = int(a.uint8())
		case attrTimeout:
			e.Timeout = time.Duration(a.uint32()) * time.Second
		case attrCADTFlags:
			e.NoMatch = a.uint32()&flagNoMatch != 0
		case attrPackets:
			e.Packets = a.uint64()
		case attrBytes:
			e.Bytes = a.uint64()
		case attrComment:
			if text := a.text(); string(text) != l.comment {
				l.comment = string(text)
			}
			e.Comment = l.comment
		}
	}
	if length == 0 {
		length = addr.BitLen()
	}
	var err error
	if e.Prefix, err = addr.Prefix(length); err != nil || !addr.IsValid() {
		return e, errMalformed
	}
	return e, nil
}

// readAddr reads the attributes of an address; it is invalid when they hold none.
func readAddr(b []byte) (addr netip.Addr) {
	for len(b) > 0 {
		a, rest, err := nextAttribute(b)
		if err != nil {
			return netip.Addr{}
		}
		b = rest
		if a.kind == attrIPv4 && len(a.value) == 4 || a.kind == attrIPv6 && len(a.value) == 16 {
			addr, _ = netip.AddrFromSlice(a.value)
		}
	}
	return addr
}
