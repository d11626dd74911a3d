package rules

import (
	"net/netip"
	"unsafe"

	"syslog-blacklist/internal/regexset"
)

// Matcher tries the patterns of a Set. It serves one goroutine at a time.
type Matcher struct {
	set                *Set
	search, exclusions *regexset.Matcher // exclusions is nil until one is tried
}

// Match finds the first entry that line belongs to and fills h with it. It
// returns false and leaves h alone when there is none. truncated tells that the
// end of line is not the end of the message: then no pattern that ends in $ matches, and
// none whose address may have been cut.
func (m *Matcher) Match(line []byte, truncated bool, h *Hit) bool {
	for from := 0; ; {
		i, loc := m.search.Next(line, from)
		if i < 0 {
			return false
		}
		p := m.set.patterns[i]
		switch {
		case truncated && p.mayBeCut(line, loc):
			from = i + 1
		case m.excludes(p.entry, line):
			from = p.entry.end
		default:
			h.fill(p, line, loc)
			return true
		}
	}
}

func (p *Pattern) mayBeCut(line []byte, loc []int) bool {
	// One byte behind the address could be the dot or colon of a longer token.
	return p.ends || p.address > 0 && loc[2*p.address+1]+1 >= len(line)
}

func (m *Matcher) excludes(e *Entry, line []byte) bool {
	if e.excluded[0] == e.excluded[1] {
		return false
	}
	if m.exclusions == nil {
		m.exclusions = m.set.exclusions().NewMatcher()
	}
	return m.exclusions.Any(line, e.excluded[0], e.excluded[1])
}

func (h *Hit) fill(p *Pattern, line []byte, loc []int) {
	*h = Hit{Entry: p.entry, Pattern: p, Details: h.Details[:0]}
	if p.address > 0 {
		h.Addr = parseAddr(group{index: p.address}.of(line, loc))
	}
	for _, g := range p.named {
		switch v := g.of(line, loc); {
		case v == nil:
		case g.name == sessionGroup:
			h.Session = v
		default:
			h.Details = append(h.Details, Detail{g.name, v})
		}
	}
}

// of returns the group's value, nil when it took no part.
func (g group) of(line []byte, loc []int) []byte {
	start, end := loc[2*g.index], loc[2*g.index+1]
	if start < 0 {
		return nil
	}
	return line[start:end:end]
}

// parseAddr reads what the group of {IP_NUMBER} took, which is never empty.
func parseAddr(b []byte) netip.Addr {
	if a, ok := parseIPv4(b); ok {
		return a
	}
	// netip keeps its text only in an error, which can't be and would be dropped
	// here: so the bytes may stay borrowed, and nothing is allocated.
	a, err := netip.ParseAddr(unsafe.String(unsafe.SliceData(b), len(b)))
	if err != nil {
		panic("rules: {IP_NUMBER} took what is no address: " + string(b))
	}
	return a.Unmap()
}

// parseIPv4 reads an address that {IP_NUMBER} took if it is a plain IPv4 one. Its
// numbers were checked there, which netip would do once more.
func parseIPv4(b []byte) (netip.Addr, bool) {
	var all, octet uint32
	dots := 0
	for _, c := range b {
		if digit := c - '0'; digit <= 9 {
			octet = octet*10 + uint32(digit)
			continue
		}
		if c != '.' {
			return netip.Addr{}, false
		}
		all, octet = all<<8|octet, 0
		dots++
	}
	all = all<<8 | octet
	return netip.AddrFrom4([4]byte{byte(all >> 24), byte(all >> 16), byte(all >> 8), byte(all)}), dots == 3
}
