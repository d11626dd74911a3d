package daemon

import (
	"net/netip"
	"testing"
	"time"

	"syslog-blacklist/ipset"
)

func newTestKernel(t *testing.T) *ipset.Conn {
	t.Helper()
	k, err := ipset.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func oneElement(a netip.Addr) []ipset.Element {
	return []ipset.Element{{Prefix: netip.PrefixFrom(a, a.BitLen()), Timeout: time.Hour}}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
