package daemon

import (
	"log/slog"
	"net/netip"
	"testing"

	"syslog-blacklist/internal/blocklist"
	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/ipset"
)

// BenchmarkBlackoutOfAMillion brings a million addresses that were read into the
// kernel, the set growing first.
func BenchmarkBlackoutOfAMillion(b *testing.B) {
	kerneltest.Require(b)
	var million []netip.Prefix
	for i := range 1_000_000 {
		million = append(million, netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + i%200), byte(i >> 16), byte(i >> 8), byte(i)}), 32))
	}
	million = blocklist.Minimal(million) // as a Reader returns them
	k, err := ipset.Dial()
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	log := slog.New(slog.DiscardHandler)
	for b.Loop() {
		s := newSets(config.Default())
		if err := s.ensure(k, log); err != nil {
			b.Fatal(err)
		}
		f := newFixed()
		f.Want(s, nil, million)
		if err := f.write(k, s, log); err != nil {
			b.Fatal(err)
		}
		h, err := k.Header(s.Blackout)
		if err != nil || h.Entries != 1_000_000 {
			b.Fatalf("%+v, %v", h, err)
		}
		b.StopTimer()
		for _, spec := range s.specs() {
			if err := k.Destroy(spec.Name); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
	}
}
