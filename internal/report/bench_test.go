package report

import (
	"fmt"
	"net/netip"
	"testing"

	"syslog-blacklist/rules"
)

// What a sighting costs a receiver: of addresses that come again, and of ever new ones,
// for which others must make room.
func BenchmarkSight(b *testing.B) {
	r := newBench(b, config())
	m := testRules().Matcher()
	defer testRules().Release(m)
	line := []byte("sshd[4711]: Failed password for root from 203.0.113.9 port 50022 ssh2")
	var h rules.Hit
	if !m.Match(line, false, &h) {
		b.Fatal("no match")
	}
	for _, addresses := range []uint32{1, 1000, 1 << 24} {
		b.Run(fmt.Sprintf("addresses=%d", addresses), func(b *testing.B) {
			b.ReportAllocs()
			for n := uint32(0); b.Loop(); n++ {
				a := n % addresses
				addr := netip.AddrFrom4([4]byte{10, byte(a >> 16), byte(a >> 8), byte(a)})
				r.Sight(&Sighting{At: noon, Hit: &h, Addr: addr, Host: []byte("mx1"), Line: line})
			}
		})
	}
}
