package ledger_test

import (
	"testing"
	"time"

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
