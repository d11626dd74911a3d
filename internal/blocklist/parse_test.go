package blocklist

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func prefixes(words ...string) (out []netip.Prefix) {
	for _, w := range words {
		out = append(out, netip.MustParsePrefix(w))
	}
	return out
}

var samePrefix = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestTheCommonFormatsAreRead(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []netip.Prefix
		bad        []int
	}{
		{"plain", "192.0.2.1\n198.51.100.0/24\r\n2001:db8::1\n", prefixes("192.0.2.1/32", "198.51.100.0/24", "2001:db8::1/128"), nil},
		{"netset", "#\n# a title\n#\n192.0.2.0/24\n\n203.0.113.7", prefixes("192.0.2.0/24", "203.0.113.7/32"), nil},
		{"DROP as text", "; a title\n192.0.2.0/24 ; SBL1\n", prefixes("192.0.2.0/24"), nil},
		{"DROP as JSON", `{"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"apnic"}` + "\n" +
			`{"cidr":"2001:db8::/32","sblid":"SBL2"}` + "\n" + `{"type":"metadata","timestamp":1,"records":2}` + "\n",
			prefixes("192.0.2.0/24", "2001:db8::/32"), nil},
		{"a comment behind, and columns", "192.0.2.1# why\n192.0.2.2,7,x\n192.0.2.3\t9\n", prefixes("192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"), nil},
		{"bits beyond the length", "192.0.2.9/24\n", prefixes("192.0.2.0/24"), nil},
		{"IPv4 in IPv6", "::ffff:192.0.2.1\n::ffff:192.0.2.0/120\n", prefixes("192.0.2.1/32", "192.0.2.0/24"), nil},
		{"everybody, in all spellings", "0.0.0.0/0\n::/0\n::ffff:0:0/96\n::ffff:0:0/90\n{\"cidr\":\"0.0.0.0/0\"}\n", nil, []int{1, 2, 3, 4, 5}},
		{"no addresses", "<html>\n192.0.2.300\nfe80::1%eth0\nexample.org\n{\"cidr\":\n{}\n", nil, []int{1, 2, 3, 4, 5, 6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, bad := Parse([]byte(tt.text))
			if diff := cmp.Diff(tt.want, got, samePrefix); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.bad, bad); diff != "" {
				t.Errorf("bad lines, -want +got:\n%s", diff)
			}
		})
	}
}

func TestWhatOthersCoverIsLeftOut(t *testing.T) {
	got := Minimal(prefixes("192.0.2.9/32", "2001:db8::/32", "192.0.2.0/24", "192.0.2.0/25", "192.0.3.0/24", "192.0.2.0/24", "2001:db8:1::/48"))
	if diff := cmp.Diff(prefixes("192.0.2.0/24", "192.0.3.0/24", "2001:db8::/32"), got, samePrefix); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Whatever a list holds, what is read of it is masked, unmapped and not everybody.
func FuzzParse(f *testing.F) {
	f.Add("192.0.2.1\n{\"cidr\":\"192.0.2.0/24\"}\n::ffff:192.0.2.1/97 ; x\n")
	f.Add("0.0.0.0/0\n::/0#\n,\n{")
	f.Fuzz(func(t *testing.T, text string) {
		got, bad := Parse([]byte(text))
		for _, p := range got {
			if !p.IsValid() || p.Bits() == 0 || p != p.Masked() || p.Addr().Is4In6() || p.Addr().Zone() != "" {
				t.Errorf("%v", p)
			}
		}
		if lines := strings.Count(text, "\n") + 1; len(got)+len(bad) > lines {
			t.Errorf("%d prefixes and %d bad lines of %d lines", len(got), len(bad), lines)
		}
		least := Minimal(got)
		for i := 1; i < len(least); i++ {
			if least[i-1].Overlaps(least[i]) || least[i-1].Addr().Compare(least[i].Addr()) > 0 {
				t.Errorf("%v before %v", least[i-1], least[i])
			}
		}
	})
}
