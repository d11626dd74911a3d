package ledger_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// at is the moment d after the tests' beginning.
func at(d time.Duration) ledger.Time {
	return ledger.Time{Boot: time.Hour + d, Wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d)}
}

func entry(name string, v ...rules.Verdict) *rules.Entry {
	return &rules.Entry{Name: name, Verdicts: v}
}

func block(d time.Duration) rules.Verdict {
	return rules.Verdict{Kind: rules.Block, For: d, After: 1}
}

func hit(e *rules.Entry, addr string) *ledger.Report {
	return &ledger.Report{
		Hit:    &rules.Hit{Entry: e, Addr: netip.MustParseAddr(addr)},
		Sender: "192.0.2.1",
		Line:   []byte("sshd[1]: a line"),
	}
}

func TestAHitBecomesAChange(t *testing.T) {
	l := ledger.New(ledger.Config{}, spare.New())
	e := entry("failed ssh user", block(12*time.Hour))
	if got := l.Hit(at(0), hit(e, "203.0.113.9")); got.Result != ledger.Banned {
		t.Fatalf("result %v, want Banned", got.Result)
	}
	select {
	case <-l.Wake():
		t.Fatal("woken while more hits may follow")
	default:
	}
	l.Tell()
	select {
	case <-l.Wake():
	default:
		t.Fatal("no wake-up for a pending change")
	}
	want := []ledger.Change{{
		Prefix: netip.MustParsePrefix("203.0.113.9/32"), Remaining: 12*time.Hour - time.Second, Entry: "failed ssh user",
		New: true, Nth: 1, For: 12 * time.Hour, Until: at(12 * time.Hour).Wall,
		Sender: "192.0.2.1", Line: "sshd[1]: a line", Arrived: at(0),
	}}
	got := l.Drain(at(time.Second), nil)
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if again := l.Drain(at(time.Second), nil); len(again) != 0 {
		t.Errorf("drained twice: %v", again)
	}
}
