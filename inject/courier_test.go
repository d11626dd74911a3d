package inject

import (
	"net/netip"
	"testing"
	"time"

	"syslog-blacklist/internal/syslog"
)

// A report that a rule could take for an attack would let whoever can flood a
// log ban a third party.
func TestAReportOfLostLinesBearsTheTagAndNoAddress(t *testing.T) {
	c := courier{header: syslog.Header{Format: syslog.RFC5424, Priority: 34, Host: "192.0.2.7", Tag: "apache"}, untold: 18446744073709551615}
	c.report(c.flight.add)
	var m syslog.Message
	syslog.Parse(&m, c.flight.buf)
	if got, want := string(m.Line), "apache: syslog-inject: lines lost: 18446744073709551615"; got != want || m.Priority != 4*8+4 {
		t.Errorf("%q with priority %d, want %q with auth.warning", got, m.Priority, want)
	}
	for from := range m.Line {
		for to := range m.Line[from:] {
			if addr, err := netip.ParseAddr(string(m.Line[from : from+to+1])); err == nil {
				t.Errorf("%q holds the address %v", m.Line, addr)
			}
		}
	}
	if c.untold != 0 || c.flight.lines() != 0 {
		t.Errorf("%d lines untold, %d lines in flight", c.untold, c.flight.lines())
	}
}

// A line that comes while lines are being lost must not bring a report each.
func TestReportsKeepTheirDistanceWhileLinesGoOnBeingLost(t *testing.T) {
	c := courier{header: syslog.Header{Tag: "apache"}, ring: newRing(100)}
	for range 100 {
		for range 10 {
			c.ring.push(time.Now(), []byte("a line of thirty characters"))
		}
		if more, _ := c.next(c.flight.add); !more {
			t.Fatal("nothing, with lines waiting")
		}
	}
	if reports := uint64(len(c.flight.frames)) - c.flight.lines(); reports != 1 {
		t.Errorf("%d reports at once, want 1", reports)
	}
	for more := true; more; more, _ = c.next(c.flight.add) {
	}
	if c.untold != 0 || c.lost == 0 {
		t.Errorf("%d of %d lost lines untold when nothing waits", c.untold, c.lost)
	}
}
