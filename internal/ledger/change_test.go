package ledger_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
)

func TestWhatIsWithheldIsAnnouncedWhenItIsWritten(t *testing.T) {
	l := ledger.New(ledger.Config{}, spare.New())
	l.Hit(at(0), hit(entry("x", block(time.Hour)), "203.0.113.9"))
	first := l.Drain(at(0), nil)
	if len(first) != 1 || !first[0].New {
		t.Fatalf("drained %+v, want one change that is new", first)
	}
	l.Withhold([]*ledger.Change{&first[0]})
	for i, isNew := range []bool{true, false} {
		l.Renew(at(time.Minute), ledger.Blacklist, first[0].Prefix)
		again := l.Drain(at(time.Minute), nil)
		if len(again) != 1 || again[0].New != isNew {
			t.Errorf("drained at renewal %d: %+v, want one change, new %v", i, again, isNew)
		}
	}
}

func TestWhatCameAndWentBetweenTwoDrainsIsToldOnce(t *testing.T) {
	l := ledger.New(ledger.Config{}, spare.New())
	r := hit(entry("x", block(time.Hour)), "203.0.113.9")
	l.Hit(at(0), r)
	p := l.Drain(at(0), nil)[0].Prefix
	l.Unban(at(0), p, "root", false)
	l.Hit(at(0), r)
	got := l.Drain(at(0), nil)
	if len(got) != 1 || got[0].Remove || !got[0].New {
		t.Errorf("drained %+v, want the one ban that stands", got)
	}
}

func TestAComparisonRenewsWhatTheKernelLacksOrHoldsTooShort(t *testing.T) {
	l := ledger.New(ledger.Config{}, spare.New())
	e := entry("x", block(time.Hour))
	for _, addr := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"} {
		l.Hit(at(0), hit(e, addr))
	}
	l.Drain(at(0), nil)
	c := l.Compare(at(time.Minute), ledger.Blacklist, func(kernel, remaining time.Duration) bool { return kernel < remaining })
	c.Saw(netip.MustParsePrefix("203.0.113.1/32"), time.Hour)
	c.Saw(netip.MustParsePrefix("203.0.113.2/32"), time.Second)
	c.Saw(netip.MustParsePrefix("198.51.100.1/32"), time.Second)
	l.Hit(at(2*time.Minute), hit(e, "203.0.113.4")) // began meanwhile: it is pending, not missing
	if missing := c.End(); missing != 1 {
		t.Errorf("%d are missing, want 1", missing)
	}
	var got []string
	for _, c := range l.Drain(at(2*time.Minute), nil) {
		got = append(got, c.Prefix.String())
	}
	if diff := cmp.Diff([]string{"203.0.113.2/32", "203.0.113.4/32", "203.0.113.3/32"}, got); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}
