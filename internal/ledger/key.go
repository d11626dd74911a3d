package ledger

import (
	"encoding/binary"
	"net/netip"
)

// A key is a prefix without pointers, so that a million of them are nothing to the
// garbage collector. IPv4 is written as ::ffff:a.b.c.d, and its bits count from 96.
type key struct {
	hi, lo uint64
	bits   uint8
}

// keyOf returns p's key. Bits beyond p's length do not count.
func keyOf(p netip.Prefix) key {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	return addrKey(p.Addr()).cut(bits)
}

// addrKey is the key of the one address. A zone does not count.
func addrKey(a netip.Addr) key {
	if a.Is4() {
		b := a.As4()
		return key{0, mapped | uint64(binary.BigEndian.Uint32(b[:])), 128}
	}
	b := a.As16()
	return key{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), 128}
}

// mapped is what stands before an IPv4 address.
const mapped = 0xffff << 32

// cut is the prefix of k that is bits long.
func (k key) cut(bits int) key {
	k.bits = uint8(bits)
	if bits <= 64 {
		k.hi &^= ^uint64(0) >> bits
		k.lo = 0
		return k
	}
	k.lo &^= ^uint64(0) >> (bits - 64)
	return k
}

func (k key) is4() bool { return k.bits >= 96 && k.hi == 0 && k.lo>>32 == 0xffff }

// shortest is how few bits a prefix of k's family has.
func (k key) shortest() int {
	if k.is4() {
		return 96
	}
	return 0
}

// addr is the first address of the prefix.
func (k key) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], k.hi)
	binary.BigEndian.PutUint64(b[8:], k.lo)
	if k.is4() {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return netip.AddrFrom16(b)
}

func (k key) prefix() netip.Prefix {
	bits := int(k.bits)
	if k.is4() {
		bits -= 96
	}
	return netip.PrefixFrom(k.addr(), bits)
}

// contains tells whether o lies in k. The families do not mix: ::/0 holds no IPv4.
func (k key) contains(o key) bool {
	return o.bits >= k.bits && o.is4() == k.is4() && o.cut(int(k.bits)) == k
}

// plain is p masked, and unmapped where it is IPv4 in IPv6's clothes.
func plain(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return netip.PrefixFrom(p.Addr().WithZone(""), p.Bits()).Masked()
}
