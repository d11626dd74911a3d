package ipset

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"syscall"
)

// maxBatch is how many bytes of elements travel in one message, about 500 with
// a comment. An attribute can't exceed 65,535 bytes, its length being a 16-bit
// number; beyond half of that nothing is gained.
const maxBatch = 32 << 10

// appendAttr appends an attribute: length, kind, value, and zeros to a multiple of 4.
func appendAttr(b []byte, kind uint16, value ...byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return pad(b)
}

func appendAttrString(b []byte, kind uint16, value string) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(value)+1))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return pad(append(b, 0))
}

func appendAttrUint32(b []byte, kind uint16, value uint32) []byte {
	b = binary.NativeEndian.AppendUint16(b, 8)
	b = binary.NativeEndian.AppendUint16(b, kind|flagByteOrder)
	return binary.BigEndian.AppendUint32(b, value)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// begin opens an attribute that holds others; end, given the same position, closes it.
func begin(b []byte, kind uint16) []byte {
	b = append(b, 0, 0)
	return binary.NativeEndian.AppendUint16(b, kind|flagNested)
}

func end(b []byte, begun int) []byte {
	binary.NativeEndian.PutUint16(b[begun:], uint16(len(b)-begun))
	return b
}

// appendHead appends what every message begins with: struct nfgenmsg (whose
// family ipset does not look at) and the version of the protocol.
func appendHead(b []byte) []byte {
	b = append(b, syscall.AF_INET, 0, 0, 0)
	return appendAttr(b, attrProtocol, protocol)
}

func appendSetHead(b []byte, set string) []byte {
	return appendAttrString(appendHead(b), attrSetName, set)
}

func appendCreate(b []byte, s Spec) []byte {
	b = appendSetHead(b, s.Name)
	b = appendAttrString(b, attrTypeName, string(cmp.Or(s.Type, HashNet)))
	b = appendAttr(b, attrRevision, s.Type.revision())
	family := byte(syscall.AF_INET)
	if s.IPv6 {
		family = syscall.AF_INET6
	}
	b = appendAttr(b, attrFamily, family)

	data := len(b)
	b = begin(b, attrData)
	b = appendAttrUint32(b, attrTimeout, 0)
	if s.HashSize != 0 {
		b = appendAttrUint32(b, attrHashSize, s.HashSize)
	}
	if s.MaxElem != 0 {
		b = appendAttrUint32(b, attrMaxElem, s.MaxElem)
	}
	if s.NetMask != 0 {
		b = appendAttr(b, attrNetMask, s.NetMask)
	}
	var flags uint32
	if s.Counters {
		flags |= flagWithCounters
	}
	if s.Comments {
		flags |= flagWithComment
	}
	if flags != 0 {
		b = appendAttrUint32(b, attrCADTFlags, flags)
	}
	return end(b, data)
}

// appendBatch appends an add or delete of as many of elements as go into one
// message, at most up to the first that the kernel cannot hold. It returns how
// many those are.
func appendBatch(b []byte, cmd command, set string, elements []Element) ([]byte, int) {
	b = appendSetHead(b, set)
	// The kernel writes the number of the element at fault here, in the copy of
	// the request that its answer holds; 0 remains when the fault is not an element's.
	b = appendAttrUint32(b, attrLineNo, 0)

	adt := len(b)
	b = begin(b, attrADT)
	n := 0
	for _, e := range elements {
		prefix, ok := canonical(e.Prefix)
		if !ok {
			break
		}
		before := len(b)
		b = appendElement(b, cmd, prefix, e, n+1)
		if len(b)-adt > maxBatch {
			b = b[:before]
			break
		}
		n++
	}
	return end(b, adt), n
}

func appendElement(b []byte, cmd command, prefix netip.Prefix, e Element, number int) []byte {
	data := len(b)
	b = begin(b, attrData)
	b = appendPrefix(b, prefix)
	if cmd == cmdAdd {
		// 0 is sent too: without the attribute the set's own timeout would apply.
		b = appendAttrUint32(b, attrTimeout, seconds(e.Timeout))
		if comment := CleanComment(e.Comment); comment != "" {
			b = appendAttrString(b, attrComment, comment)
		}
		if e.NoMatch {
			b = appendAttrUint32(b, attrCADTFlags, flagNoMatch)
		}
	}
	b = appendAttrUint32(b, attrLineNo, uint32(number))
	return end(b, data)
}

// appendPrefix appends an address and, unless it is one address, its prefix length.
func appendPrefix(b []byte, p netip.Prefix) []byte {
	ip := len(b)
	b = begin(b, attrIP)
	if p.Addr().Is4() {
		a := p.Addr().As4()
		b = appendAttr(b, attrIPv4|flagByteOrder, a[:]...)
	} else {
		a := p.Addr().As16()
		b = appendAttr(b, attrIPv6|flagByteOrder, a[:]...)
	}
	b = end(b, ip)
	if p.IsSingleIP() {
		return b
	}
	return appendAttr(b, attrCIDR, byte(p.Bits()))
}

// appendTest appends the question whether the set matches p.
func appendTest(b []byte, set string, p netip.Prefix) []byte {
	b = appendSetHead(b, set)
	data := len(b)
	b = begin(b, attrData)
	return end(appendPrefix(b, p), data)
}
