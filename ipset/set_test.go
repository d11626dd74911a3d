package ipset_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/ipset"
)

func TestWhatWeCreateIsWhatTheCommandPrints(t *testing.T) {
	c := dial(t)
	for _, test := range []struct {
		spec ipset.Spec
		want string
	}{
		{ipset.Spec{Name: "plain"},
			"create plain hash:net family inet hashsize 1024 maxelem 65536 timeout 0\n"},
		{ipset.Spec{Name: "six", IPv6: true},
			"create six hash:net family inet6 hashsize 1024 maxelem 65536 timeout 0\n"},
		{ipset.Spec{Name: "all", HashSize: 300, MaxElem: 1000, Comments: true, Counters: true},
			"create all hash:net family inet hashsize 512 maxelem 1000 timeout 0 counters comment\n"},
		{ipset.Spec{Name: "single", Type: ipset.HashIP, IPv6: true, Comments: true, Counters: true},
			"create single hash:ip family inet6 hashsize 1024 maxelem 65536 timeout 0 counters comment\n"},
		{ipset.Spec{Name: "mask", Type: ipset.HashIP, IPv6: true, NetMask: 64},
			"create mask hash:ip family inet6 hashsize 1024 maxelem 65536 netmask 64 timeout 0\n"},
		{ipset.Spec{Name: strings.Repeat("n", 31), Comments: true},
			"create " + strings.Repeat("n", 31) + " hash:net family inet hashsize 1024 maxelem 65536 timeout 0 comment\n"},
	} {
		create(t, c, test.spec)
		if diff := cmp.Diff(test.want, command(t, "save "+test.spec.Name)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestHeaderDescribesSetsOfAnyType(t *testing.T) {
	c := dial(t)
	restore(t, `
create own hash:net family inet6 hashsize 2048 maxelem 5000 timeout 600 counters comment
add own 2001:db8::/64
add own 2001:db8:1::/64
create ancestor hash:ip
create cut hash:ip netmask 24
create ports hash:ip,port counters
create union list:set
add union own
`)
	for set, want := range map[string]ipset.Header{
		"own": {Name: "own", Type: "hash:net", IPv6: true, Timeouts: true, Comments: true, Counters: true,
			HashSize: 2048, MaxElem: 5000, Entries: 2, References: 1},
		"ancestor": {Name: "ancestor", Type: "hash:ip", HashSize: 1024, MaxElem: 65536},
		"cut":      {Name: "cut", Type: "hash:ip", HashSize: 1024, MaxElem: 65536, NetMask: 24},
		"ports":    {Name: "ports", Type: "hash:ip,port", Counters: true, HashSize: 1024, MaxElem: 65536},
		"union":    {Name: "union", Type: "list:set", Entries: 1},
	} {
		got, err := c.Header(set)
		if err != nil {
			t.Errorf("header of %s: %v", set, err)
		}
		if got.MemSize == 0 || got.Revision == 0 {
			t.Errorf("%s: size %d, revision %d, want both", set, got.MemSize, got.Revision)
		}
		got.MemSize, got.Revision = 0, 0 // they depend on the kernel
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", set, diff)
		}
	}
}

func TestSwapPutsABetterSetInThePlaceOfAnAncestors(t *testing.T) {
	c := dial(t)
	restore(t, "create blacklist iphash\nadd blacklist 192.0.2.7\nadd blacklist 198.51.100.3\n")
	create(t, c, ipset.Spec{Name: "next", Type: ipset.HashIP, Comments: true, Counters: true})
	add(t, c, "next", list(t, c, "blacklist")...)
	add(t, c, "next", element("203.0.113.9/32", 0, "new"))
	if err := c.Swap("next", "blacklist"); err != nil {
		t.Fatal(err)
	}
	if err := c.Destroy("next"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"192.0.2.7 timeout 0 packets 0 bytes 0",
		"198.51.100.3 timeout 0 packets 0 bytes 0",
		`203.0.113.9 timeout 0 packets 0 bytes 0 comment "new"`,
	}
	if diff := cmp.Diff(want, saved(t, "blacklist"), sameLines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFlushEmptiesAndDestroyRemoves(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	add(t, c, "s", element("192.0.2.0/24", 0, ""))
	if err := c.Flush("s"); err != nil {
		t.Fatal(err)
	}
	if got := list(t, c, "s"); len(got) != 0 {
		t.Errorf("after a flush the set holds %v", got)
	}
	if err := c.Destroy("s"); err != nil {
		t.Fatal(err)
	}
	if got := command(t, "list -n"); got != "" {
		t.Errorf("after destroy there is %q", got)
	}
}

func TestTheNarrowestElementDecidesWhatTestSays(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "v4"})
	create(t, c, ipset.Spec{Name: "v6", IPv6: true})
	add(t, c, "v4", element("192.0.2.0/24", time.Hour, ""),
		ipset.Element{Prefix: netip.MustParsePrefix("192.0.2.128/25"), NoMatch: true},
		element("192.0.2.200/32", time.Hour, ""))
	add(t, c, "v6", element("2001:db8::/64", time.Hour, ""), element("fe80::1/128", time.Hour, ""))
	for _, test := range []struct {
		set, addr string
		want      bool
	}{
		{"v4", "192.0.2.1", true},
		{"v4", "192.0.2.130", false},
		{"v4", "192.0.2.200", true},
		{"v4", "198.51.100.1", false},
		{"v4", "::ffff:192.0.2.1", true},
		{"v6", "2001:db8::ffff", true},
		{"v6", "2001:db8:0:1::", false},
		{"v6", "fe80::1%eth0", true},
		{"v6", "192.0.2.1", false},
	} {
		got, err := c.Test(test.set, netip.MustParseAddr(test.addr))
		if err != nil || got != test.want {
			t.Errorf("test %s in %s: %t, %v, want %t", test.addr, test.set, got, err, test.want)
		}
	}
}

func TestAnUnreadListHoldsNothingUp(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	var elements []ipset.Element
	for i := range 5000 {
		elements = append(elements, ipset.Element{Prefix: host4(i)})
	}
	add(t, c, "s", elements...)
	for range 3 {
		seen := 0
		err := c.List("s", func(ipset.Element) bool { seen++; return seen < 10 })
		if err != nil || seen != 10 {
			t.Fatalf("saw %d, %v, want to stop at 10", seen, err)
		}
	}
	if got := len(list(t, c, "s")); got != 5000 {
		t.Errorf("then saw %d of 5000", got)
	}
}

func TestOneConnectionListsWhileAnotherAdds(t *testing.T) {
	writer := dial(t)
	reader, err := ipset.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	create(t, writer, ipset.Spec{Name: "s", HashSize: 64})
	for i := range 4000 {
		add(t, writer, "s", ipset.Element{Prefix: host4(i)})
	}
	seen := make(map[netip.Prefix]int)
	next := 4000
	err = reader.List("s", func(e ipset.Element) bool {
		seen[e.Prefix]++
		if next < 40000 { // makes the set grow, by several resizes, below the reader
			add(t, writer, "s", ipset.Element{Prefix: host4(next)}, ipset.Element{Prefix: host4(next + 1)},
				ipset.Element{Prefix: host4(next + 2)}, ipset.Element{Prefix: host4(next + 3)})
			next += 4
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4000 {
		if seen[host4(i)] != 1 {
			t.Fatalf("%v was there throughout and was seen %d times", host4(i), seen[host4(i)])
		}
	}
}

func TestAClosedConnectionSaysSo(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	c.Close()
	var e *ipset.Error
	if err := c.Flush("s"); !errors.As(err, &e) || e.Error() != "flush set s: use of closed file" {
		t.Errorf("flush on a closed connection: %v", err)
	}
}

// host4 is the i-th address of 10.0.0.0/8.
func host4(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
}
