package ledger

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
)

// A key is a prefix without pointers, so that a million of them are nothing to the
// garbage collector. IPv4 is written as ::ffff:a.b.c.d, and its bits count from 96.
// It knows its hash: a hit looks it up here and there, and it is forgotten later.
type key struct {
	hi, lo uint64
	sum    uint32
	bits   uint8
}

// seed keeps attackers, who choose the keys, from choosing the hashes.
var seed = maphash.MakeSeed()

// newKey returns a prefix of an address. Bits beyond its length do not count.
func newKey(hi, lo uint64, bits int) key {
	k := key{bits: uint8(bits)}
	k.hi, k.lo = mask(hi, lo, bits)
	k.sum = uint32(maphash.Comparable(seed, k))
	return k
}

func mask(hi, lo uint64, bits int) (uint64, uint64) {
	if bits <= 64 {
		return hi &^ (^uint64(0) >> bits), 0
	}
	return hi, lo &^ (^uint64(0) >> (bits - 64))
}

// keyOf returns p's key. Bits beyond p's length do not count.
func keyOf(p netip.Prefix) key {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	hi, lo := words(p.Addr())
	return newKey(hi, lo, bits)
}

// addrKey is the key of the one address. A zone does not count.
func addrKey(a netip.Addr) key {
	hi, lo := words(a)
	return newKey(hi, lo, 128)
}

func words(a netip.Addr) (hi, lo uint64) {
	if a.Is4() {
		b := a.As4()
		return 0, 0xffff<<32 | uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

func (k key) hash() uint32 { return k.sum }

// cut is the prefix of k that is bits long, no longer than k.
func (k key) cut(bits int) key {
	if bits == int(k.bits) {
		return k
	}
	return newKey(k.hi, k.lo, bits)
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
	hi, lo := mask(o.hi, o.lo, int(k.bits))
	return o.bits >= k.bits && o.is4() == k.is4() && hi == k.hi && lo == k.lo
}

// plain is p masked, and unmapped where it is IPv4 in IPv6's clothes.
func plain(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return netip.PrefixFrom(p.Addr().WithZone(""), p.Bits()).Masked()
}
