package ledger

import "net/netip"

// A blackout is the blackout list: prefixes that nobody may be accepted from.
type blackout struct {
	prefixes map[key]struct{}
	lengths  [129]bool // which prefix lengths there are
}

func newBlackout(prefixes []netip.Prefix) blackout {
	b := blackout{prefixes: map[key]struct{}{}}
	for _, p := range prefixes {
		k := keyOf(plain(p))
		b.prefixes[k] = struct{}{}
		b.lengths[k.bits] = true
	}
	return b
}

// overlaps tells whether k and the list have an address in common.
func (b *blackout) overlaps(k key) bool {
	for bits := k.shortest(); bits <= int(k.bits); bits++ {
		if !b.lengths[bits] {
			continue
		}
		if _, ok := b.prefixes[k.cut(bits)]; ok {
			return true
		}
	}
	if k.bits == 128 { // one address holds nothing else
		return false
	}
	for a := range b.prefixes {
		if k.contains(a) {
			return true
		}
	}
	return false
}
