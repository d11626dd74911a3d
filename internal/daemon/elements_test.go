package daemon

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Carrying out the difference makes the one into the other, and adds and removes
// nothing else.
func TestTheDifferenceLeadsFromHaveToWant(t *testing.T) {
	gathered := rapid.SliceOf(rapid.Custom(func(t *rapid.T) element {
		addr := netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(0, 7).Draw(t, "address"))})
		p := netip.PrefixFrom(addr, rapid.IntRange(29, 32).Draw(t, "length")).Masked()
		return element{p, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "comment")}
	}))
	rapid.Check(t, func(t *rapid.T) {
		have, want := gathered.Draw(t, "have"), gathered.Draw(t, "want")
		kernel, wanted := byMap(have), byMap(want)
		add, remove := difference(arrange(have), arrange(want))
		for _, e := range add {
			if kernel[e.Prefix] == e.Comment {
				t.Errorf("%v is added, and is there", e)
			}
			kernel[e.Prefix] = e.Comment
		}
		for _, p := range remove {
			if _, ok := kernel[p]; !ok {
				t.Errorf("%v is removed, and is not there", p)
			}
			delete(kernel, p)
		}
		if diff := cmp.Diff(wanted, kernel, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("-want +kernel:\n%s", diff)
		}
		for _, e := range arrange(want).without(add) {
			if byMap(have)[e.prefix] != e.comment {
				t.Errorf("%v was not there, and is not added", e)
			}
		}
	})
}

// byMap keeps the last of those with one prefix, as a map does.
func byMap(all []element) map[netip.Prefix]string {
	m := map[netip.Prefix]string{}
	for _, e := range all {
		m[e.prefix] = e.comment
	}
	return m
}
