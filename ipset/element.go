package ipset

import (
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxTimeout is the longest timeout the kernel keeps, 24 days and 20 hours. A
// longer one is cut to it, so who wants an element to stay longer must add it again in time.
const MaxTimeout = 2147483 * time.Second

// Element is one element of a set.
type Element struct {
	// Prefix is the network. On its way to the kernel IPv4-mapped IPv6 becomes
	// IPv4 and host bits are cleared; a network of length 0 is ErrPrefix.
	Prefix netip.Prefix

	// Timeout is how long the element stays, or, when it was read, how long it
	// will stay; 0 is for ever. It is rounded up to a second and cut to MaxTimeout;
	// less than 0 is a second, for what is over must not stay for ever.
	Timeout time.Duration

	// Comment is cleaned by CleanComment before it is written. "" writes none,
	// which is the only thing that a set without comments accepts.
	Comment string

	// NoMatch makes the element an exception: addresses in it do not match,
	// though a wider element covers them.
	NoMatch bool

	// Packets and Bytes that matched the element. They are read, never written;
	// adding an element again keeps them.
	Packets, Bytes uint64
}

// CleanComment returns the comment that an element gets for s: without double
// quotes, characters that are not printable, and invalid UTF-8, and at most
// 255 bytes long. The kernel would take them, and `ipset save` would then write
// what `ipset restore` cannot read.
func CleanComment(s string) string {
	clean := func(s string) bool {
		return len(s) <= commentSize && utf8.ValidString(s) && !strings.ContainsFunc(s, unfit)
	}
	if clean(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		char := s[:size]
		s = s[size:]
		if unfit(r) || r == utf8.RuneError && size == 1 {
			continue
		}
		if b.Len()+size > commentSize {
			break
		}
		b.WriteString(char)
	}
	return b.String()
}

func unfit(r rune) bool { return r == '"' || !unicode.IsPrint(r) }

// seconds is the timeout that the kernel is told for d.
func seconds(d time.Duration) uint32 {
	switch {
	case d == 0:
		return 0
	case d < time.Second:
		return 1
	case d > MaxTimeout:
		d = MaxTimeout
	}
	return uint32((d + time.Second - 1) / time.Second)
}

// canonical returns p as the kernel holds it, and whether it can.
func canonical(p netip.Prefix) (netip.Prefix, bool) {
	addr, bits := p.Addr(), p.Bits()
	if addr.Is4In6() {
		addr, bits = addr.Unmap(), bits-96
	}
	if bits <= 0 {
		return netip.Prefix{}, false
	}
	p, err := addr.Prefix(bits)
	return p, err == nil
}
