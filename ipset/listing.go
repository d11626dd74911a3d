package ipset

import (
	"net/netip"
	"syscall"
	"time"
)

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
