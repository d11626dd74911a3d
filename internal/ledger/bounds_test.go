package ledger

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

func TestAFullHistoryForgetsThePrefixWhoseLastBanIsOldest(t *testing.T) {
	h := newHistory(4)
	prefix := func(i byte) key { return addrKey(netip.AddrFrom4([4]byte{203, 0, 113, i})) }
	for i, p := range []byte{1, 2, 1, 3, 4} { // 2 is the stalest when the fifth comes
		h.add(prefix(p), past{ended: tick(i), entry: "x"})
	}
	for p, want := range map[byte]int{1: 2, 2: 0, 3: 1, 4: 1} {
		if got := h.count(prefix(p), 10, time.Hour); got != want {
			t.Errorf("%d past bans of %s, want %d", got, prefix(p).prefix(), want)
		}
	}
	if h.forgotten != 1 || h.bans.len() != 4 {
		t.Errorf("%d forgotten, %d kept; want 1, 4", h.forgotten, h.bans.len())
	}
	h.prune(5, 100)
	if h.bans.len() != 0 || h.prefixes.len() != 0 {
		t.Errorf("%d bans of %d prefixes are left", h.bans.len(), h.prefixes.len())
	}
}

func TestTheBreakerKeepsABoundedNumberOfBuckets(t *testing.T) {
	b := newBreaker(1, 1)
	now := Time{Boot: time.Hour}
	for i := range maxBuckets + 10 {
		if !b.take(now, bucketName{fmt.Sprint(i), "x"}) {
			t.Fatal("a fresh bucket is empty")
		}
	}
	if n := b.buckets.len(); n != maxBuckets {
		t.Errorf("%d buckets, want %d", n, maxBuckets)
	}
	if b.take(now, bucketName{fmt.Sprint(maxBuckets), "x"}) {
		t.Error("the younger buckets were given up")
	}
}

func TestWhatIsKeptOfALineIsBounded(t *testing.T) {
	l := New(Config{}, spare.New())
	l.Hit(Time{}, &Report{
		Hit: &rules.Hit{
			Entry: &rules.Entry{Name: "x", Verdicts: []rules.Verdict{{For: time.Hour, After: 1}}},
			Addr:  netip.MustParseAddr("203.0.113.9"),
		},
		Line: []byte(strings.Repeat("a", 1<<16)),
	})
	if c := l.Drain(Time{}, nil); len(c) != 1 || len(c[0].Line) != MaxLine {
		t.Errorf("%d changes, a line of %d bytes", len(c), len(c[0].Line))
	}
}

func TestAHitThatOnlyCountsAllocatesNothing(t *testing.T) {
	l := New(Config{}, spare.New())
	r := &Report{
		Hit: &rules.Hit{
			Entry: &rules.Entry{Name: "x", Verdicts: []rules.Verdict{
				{For: time.Hour, After: 255, Within: time.Second},
				{For: time.Hour, After: 64, Within: time.Second, Different: "user", DoublingTo: 5 * time.Hour},
			}},
			Addr:    netip.MustParseAddr("2001:db8::1"),
			Details: []rules.Detail{{Name: "user", Value: []byte("root")}},
		},
	}
	now := Time{Boot: time.Hour}
	if n := testing.AllocsPerRun(1000, func() {
		now.Boot += time.Second
		l.Hit(now, r)
	}); n != 0 {
		t.Errorf("%g allocations a hit", n)
	}
}

func TestKeysAndPrefixesAreOne(t *testing.T) {
	for _, s := range []string{
		"0.0.0.0/0", "203.0.113.0/25", "203.0.113.9/32", "255.255.255.255/32", "::/0", "2001:db8::/33", "2001:db8::/64",
		"2001:db8::8000:0:0:0/65", "2001:db8::1/128", "::/96", "::fffe:0:0/96",
	} {
		p := netip.MustParsePrefix(s)
		k := keyOf(p)
		if got := k.prefix(); got != p {
			t.Errorf("%s became %s", p, got)
		}
		if got := addrKey(p.Addr()).cut(int(k.bits)); got != k { // with their hashes
			t.Errorf("%s cut out of its address is %+v, want %+v", p, got, k)
		}
	}
	if got := plain(netip.MustParsePrefix("::ffff:203.0.113.9/120")).String(); got != "203.0.113.0/24" {
		t.Errorf("IPv4 in IPv6's clothes is %s", got)
	}
	if keyOf(netip.MustParsePrefix("::/0")).contains(keyOf(netip.MustParsePrefix("203.0.113.9/32"))) {
		t.Error("::/0 holds an IPv4 address")
	}
}

func TestTicksRoundDownAndStayInOrder(t *testing.T) {
	last := tick(0)
	for _, d := range []time.Duration{-100 * 365 * 24 * time.Hour, -time.Hour, -150 * time.Millisecond, -100 * time.Millisecond, -1, 0, 99 * time.Millisecond, 100 * time.Millisecond, 12 * 365 * 24 * time.Hour, never} {
		at := tickOf(d)
		if at < last {
			t.Errorf("%s comes before what is earlier", d)
		}
		if b := at.boot(); d > -365*24*time.Hour && d < 10*365*24*time.Hour && (b > d || d-b >= tickLength) {
			t.Errorf("%s became %s", d, b)
		}
		last = at
	}
}
