package daemon

import (
	"net/netip"
	"slices"

	"syslog-blacklist/ipset"
)

// element is a prefix with its comment.
type element struct {
	prefix  netip.Prefix
	comment string
}

func byPrefix(e element, p netip.Prefix) int { return e.prefix.Compare(p) }

// elements are sorted by prefix, and each prefix is there once. A million of them
// come sorted from the lists, so that this costs less than a map.
type elements []element

// arrange sorts what was gathered. Of several with one prefix the last one stays.
func arrange(all []element) elements {
	slices.SortStableFunc(all, func(a, b element) int { return a.prefix.Compare(b.prefix) })
	out := all[:0]
	for _, e := range all {
		if n := len(out); n > 0 && out[n-1].prefix == e.prefix {
			out[n-1] = e
			continue
		}
		out = append(out, e)
	}
	return out
}

// find returns where the element of p is.
func (all elements) find(p netip.Prefix) (i int, ok bool) {
	return slices.BinarySearchFunc(all, p, byPrefix)
}

// without returns those whose prefix is in none of the others, which are sorted too.
func (all elements) without(others []ipset.Element) elements {
	return slices.DeleteFunc(slices.Clone(all), func(e element) bool {
		_, ok := slices.BinarySearchFunc(others, e.prefix, func(o ipset.Element, p netip.Prefix) int { return o.Prefix.Compare(p) })
		return ok
	})
}

// difference is what makes have into want, sorted.
func difference(have, want elements) (add []ipset.Element, remove []netip.Prefix) {
	add = make([]ipset.Element, 0, max(len(want)-len(have), 0))
	for _, w := range want {
		for len(have) > 0 && have[0].prefix.Compare(w.prefix) < 0 {
			remove = append(remove, have[0].prefix)
			have = have[1:]
		}
		there := len(have) > 0 && have[0].prefix == w.prefix
		if !there || have[0].comment != w.comment {
			add = append(add, ipset.Element{Prefix: w.prefix, Comment: w.comment})
		}
		if there {
			have = have[1:]
		}
	}
	for _, e := range have {
		remove = append(remove, e.prefix)
	}
	return add, remove
}
