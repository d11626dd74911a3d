package spare_test

import (
	"net/netip"
	"slices"
	"testing"

	"syslog-blacklist/internal/spare"
)

func TestWhatIsAlwaysSpared(t *testing.T) {
	var l spare.List // the zero list too
	for addr, want := range map[string]spare.Reason{
		"127.0.0.1": spare.Loopback, "127.255.1.1": spare.Loopback, "::1": spare.Loopback,
		"0.0.0.0": spare.Unspecified, "0.0.0.2": spare.Unspecified, "::": spare.Unspecified,
		"169.254.1.1": spare.LinkLocal, "fe80::1": spare.LinkLocal,
		"224.0.0.1": spare.Multicast, "255.255.255.255": spare.Multicast, "ff02::1": spare.Multicast,
		"203.0.113.9": "", "2001:db8::1": "", "10.0.0.1": "", "::2": "",
	} {
		got, ok := l.Lookup(netip.MustParseAddr(addr))
		if got != want || ok != (want != "") {
			t.Errorf("Lookup(%s) = %q, %v, want %q", addr, got, ok, want)
		}
	}
}

func TestReplaceForgetsWhatWasSparedBefore(t *testing.T) {
	l := spare.New(spare.Entry{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Reason: spare.NeverRule})
	if r, _ := l.Lookup(netip.MustParseAddr("192.0.2.9")); r != spare.NeverRule {
		t.Errorf("before: %q", r)
	}
	l.Replace([]spare.Entry{{Prefix: netip.MustParsePrefix("192.0.2.1/32"), Reason: spare.Gateway}})
	if r, ok := l.Lookup(netip.MustParseAddr("192.0.2.9")); ok {
		t.Errorf("after: %q", r)
	}
	if _, ok := l.Lookup(netip.MustParseAddr("127.0.0.1")); !ok {
		t.Error("Replace took the loopback away")
	}
}

func TestAPrefixThatWouldSwallowASparedAddressIsSeen(t *testing.T) {
	l := spare.New(spare.Entry{Prefix: netip.MustParsePrefix("2001:db8::7/128"), Reason: spare.Own})
	for prefix, want := range map[string]bool{
		"2001:db8::/64": true, "2001:db8::7/128": true, "2001:db8:0:1::/64": false, "2001:db8::8/128": false,
	} {
		if got := l.Overlaps(netip.MustParsePrefix(prefix)); got != want {
			t.Errorf("Overlaps(%s) = %v, want %v", prefix, got, want)
		}
	}
}

func TestTheKernelIsToldOnlyWhatPacketsCanComeFrom(t *testing.T) {
	want := spare.Entry{Prefix: netip.MustParsePrefix("192.0.2.1/32"), Reason: spare.Gateway}
	l := spare.New(want)
	if got := l.Kernel(); !slices.Equal(got, []spare.Entry{want}) {
		t.Errorf("Kernel() = %v, want only %v", got, want)
	}
}
