// Package blocklist reads lists of addresses as others publish them, and again
// when they change. It fetches nothing, and a list can't name everybody.
package blocklist

import (
	"bytes"
	"encoding/json"
	"net/netip"
)

// Parse reads a list: one address or prefix a line, what follows it, a comment
// after # or ;, and empty lines being left out; or JSON objects, one a line, whose
// cidr it is (Spamhaus DROP). The prefixes are masked and in the order of text.
// bad are the numbers, from 1, of the lines that are none of these.
func Parse(text []byte) (prefixes []netip.Prefix, bad []int) {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		p, used, ok := parseLine(bytes.TrimSpace(line))
		switch {
		case !ok:
			bad = append(bad, number)
		case used:
			prefixes = append(prefixes, p)
		}
	}
	return prefixes, bad
}

func parseLine(line []byte) (p netip.Prefix, used, ok bool) {
	if len(line) > 0 && line[0] == '{' {
		var entry struct{ CIDR, Type string }
		if json.Unmarshal(line, &entry) != nil {
			return p, false, false
		}
		if entry.CIDR == "" {
			return p, false, entry.Type == "metadata" // the last line, which says when the list was made
		}
		p, ok = prefix(entry.CIDR)
		return p, true, ok
	}
	if i := bytes.IndexAny(line, "#;"); i >= 0 {
		line = line[:i]
	}
	if i := bytes.IndexAny(line, " \t,"); i > 0 {
		line = line[:i]
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return p, false, true
	}
	p, ok = prefix(string(line))
	return p, true, ok
}

// prefix reads an address or a prefix that is not everybody, unmaps and masks it.
func prefix(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return p, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96) // not valid below 96
	}
	return p.Masked(), p.Bits() > 0
}
