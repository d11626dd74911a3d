package ledger_test

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// pair is the real ledger and its model, which live through the same operations,
// and a kernel that hears of the real one's changes.
type pair struct {
	l       *ledger.Ledger
	m       *model
	list    *spare.List
	entries []*rules.Entry
	kernel  map[string]time.Duration // "set prefix" → end
}

var (
	addresses = []string{"198.51.100.1", "198.51.100.2", "198.51.100.200", "203.0.113.9", "2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"}
	spareable = []string{"198.51.100.200/32", "203.0.113.0/24", "2001:db8:0:2::ffff/128", "2001:db8:0:1::2/128"}
	prefixes  = []string{"198.51.100.1/32", "198.51.100.0/24", "203.0.113.9/32", "2001:db8:0:1::/64", "2001:db8:0:1::1/128", "2001:db8::/32", "0.0.0.0/0", "::/0"}
)

func drawPrefixes(t *rapid.T, from []string, label string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 2, rapid.ID).Draw(t, label) {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

var lengths = []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, rules.Forever}

func drawVerdict(t *rapid.T) rules.Verdict {
	v := rules.Verdict{Kind: rules.Block, For: rapid.SampledFrom(lengths).Draw(t, "for"), After: 1}
	if rapid.Bool().Draw(t, "counts") {
		v.After = rapid.IntRange(2, 4).Draw(t, "after")
		v.Within = rapid.SampledFrom(lengths[1:5]).Draw(t, "within")
		v.Different = rapid.SampledFrom([]string{"", "user"}).Draw(t, "different")
	}
	if v.For < time.Hour && rapid.Bool().Draw(t, "doubles") {
		v.DoublingTo = rapid.SampledFrom([]time.Duration{v.For, 3 * v.For, time.Hour}).Draw(t, "limit")
	}
	return v
}

func drawEntries(t *rapid.T) []*rules.Entry {
	var out []*rules.Entry
	for i := range 3 {
		v := make([]rules.Verdict, rapid.IntRange(1, 3).Draw(t, "verdicts"))
		for i := range v {
			v[i] = drawVerdict(t)
		}
		out = append(out, entry(fmt.Sprintf("block %d", i), v...))
	}
	return append(out,
		entry("login", rules.Verdict{Kind: rules.Accept, For: rapid.SampledFrom(lengths).Draw(t, "accept")}),
		entry("ignored", rules.Verdict{Kind: rules.Ignore}),
		entry("connection", rules.Verdict{Kind: rules.Remember, For: rapid.SampledFrom(lengths).Draw(t, "remember")}),
		entry("closed", rules.Verdict{Kind: rules.Forget}))
}

func newPair(t *rapid.T) *pair {
	cfg := ledger.Config{
		Prefix4: rapid.SampledFrom([]int{32, 24}).Draw(t, "prefix4"), Prefix6: 64,
		History:       rapid.SampledFrom([]time.Duration{time.Minute, time.Hour}).Draw(t, "history"),
		Tracked:       rapid.IntRange(1, 6).Draw(t, "tracked"),
		BansPerSecond: rapid.SampledFrom([]int{0, 1, 2, 10}).Draw(t, "bans per second"),
		Burst:         rapid.IntRange(1, 4).Draw(t, "burst"),
		Capacity:      rapid.SampledFrom([]int{0, 6}).Draw(t, "capacity"),
	}
	p := &pair{list: spare.New(), kernel: map[string]time.Duration{}, entries: drawEntries(t)}
	p.l = ledger.New(cfg, p.list)
	p.m = &model{cfg: cfg, now: at(0).Boot, tokens: map[string]*mtokens{}, last: map[netip.Prefix]time.Duration{}}
	return p
}

func (p *pair) now() ledger.Time { return at(p.m.now - at(0).Boot) }

func (p *pair) hit(t *rapid.T) {
	h := &rules.Hit{Entry: rapid.SampledFrom(p.entries).Draw(t, "entry")}
	if rapid.IntRange(0, 9).Draw(t, "address?") > 0 {
		h.Addr = netip.MustParseAddr(rapid.SampledFrom(addresses).Draw(t, "address"))
	}
	if u := rapid.IntRange(0, 9).Draw(t, "user"); u > 0 {
		h.Details = []rules.Detail{{Name: "pw", Value: []byte("x")}, {Name: "user", Value: []byte{byte(u)}}}
	}
	if rapid.IntRange(0, 3).Draw(t, "session?") == 0 {
		h.Session = []byte(rapid.SampledFrom([]string{"", "q1"}).Draw(t, "session"))
	}
	r := &ledger.Report{
		Hit: h, Sender: rapid.SampledFrom([]string{"mail", "web"}).Draw(t, "sender"), Tag: []byte("sshd"),
		PID:    []byte(rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "pid")),
		Repeat: rapid.SampledFrom([]int{0, 1, 1, 1, 3, 1000}).Draw(t, "repeat"),
	}
	age := rapid.SampledFrom([]time.Duration{0, 0, 0, ledger.LateAfter, 6 * time.Minute, 10 * time.Minute, 2 * time.Hour}).Draw(t, "age")
	if age > 0 {
		r.At = p.now().Wall.Add(-age)
	}
	got, want := p.l.Hit(p.now(), r), p.m.hit(r, age)
	got.Reason = ""
	if got != want {
		t.Fatalf("hit %s of %s: result %d %s, want %d %s", h.Entry.Name, h.Addr, got.Result, got.Addr, want.Result, want.Addr)
	}
}

func (p *pair) wait(t *rapid.T) {
	tenths := rapid.SampledFrom([]int{1, 5, 10, 100, 600, 3000, 36000}).Draw(t, "tenths of a second")
	p.m.advance(time.Duration(tenths) * 100 * time.Millisecond)
	if p.m.cfg.Capacity > 0 {
		p.expire(t) // a sender's share counts a ban until its end is noticed
	}
}

// expire happens at whole seconds: within one, the real ledger does not look for ends.
func (p *pair) expire(t *rapid.T) {
	p.m.advance(p.m.now.Truncate(time.Second) + time.Second - p.m.now)
	p.sameEnded(t, p.l.Expire(p.now()), p.m.expire())
}

func (p *pair) sameEnded(t *rapid.T, ended []ledger.Ended, want []mended) {
	var got []mended
	for _, e := range ended {
		got = append(got, mended{e.Set, e.Prefix, e.By})
	}
	slices.SortFunc(got, compareEnded)
	slices.SortFunc(want, compareEnded)
	if !slices.Equal(got, want) {
		t.Fatalf("ended %v, want %v", got, want)
	}
}

func (p *pair) operate(t *rapid.T) {
	set := rapid.SampledFrom([]ledger.Set{ledger.Blacklist, ledger.Whitelist}).Draw(t, "set")
	q := netip.MustParsePrefix(rapid.SampledFrom(prefixes[:6]).Draw(t, "prefix"))
	d := rapid.SampledFrom(lengths).Draw(t, "length")
	op, refusal := p.l.Ban, ledger.ErrSpared
	if set == ledger.Whitelist {
		op, refusal = p.l.Accept, ledger.ErrBlackout
	}
	err, want := op(p.now(), q, d, "by hand", "root"), p.m.operate(set, q, d, "by hand", "root")
	if want != (err == nil) || err != nil && !errors.Is(err, refusal) {
		t.Fatalf("set %d, %s: error %v, want success %t", set, q, err, want)
	}
}

func (p *pair) lift(t *rapid.T) {
	q := netip.MustParsePrefix(rapid.SampledFrom(prefixes).Draw(t, "prefix"))
	if rapid.Bool().Draw(t, "acceptance") {
		p.sameEnded(t, p.l.Unaccept(p.now(), q, "root"), p.m.lift(ledger.Whitelist, q, "root"))
		return
	}
	forget := rapid.Bool().Draw(t, "forget")
	p.sameEnded(t, p.l.Unban(p.now(), q, "root", forget), p.m.unban(q, "root", forget))
}

func (p *pair) reload(t *rapid.T) {
	p.entries = drawEntries(t)
	p.m.spared, p.m.always = drawPrefixes(t, spareable, "never"), drawPrefixes(t, spareable, "always")
	p.m.recidive = nil
	if rapid.Bool().Draw(t, "recidive?") {
		p.m.recidive = &rules.Verdict{For: 2 * time.Hour, After: rapid.IntRange(1, 3).Draw(t, "after"), Within: time.Minute}
	}
	var e []spare.Entry
	for _, q := range p.m.spared {
		e = append(e, spare.Entry{Prefix: q, Reason: spare.NeverRule})
	}
	p.list.Replace(e)
	p.l.SetRules(p.m.recidive, p.m.always)
	p.sameEnded(t, p.l.LiftSpared(p.now()), p.m.liftSpared())
}

func (p *pair) adopt(t *rapid.T) {
	set := rapid.SampledFrom([]ledger.Set{ledger.Blacklist, ledger.Whitelist}).Draw(t, "set")
	q := netip.MustParsePrefix(rapid.SampledFrom(prefixes[:6]).Draw(t, "prefix"))
	d := rapid.SampledFrom(lengths).Draw(t, "remaining")
	p.kernel[fmt.Sprint(set, q)] = max(until(p.m.now, d), p.kernel[fmt.Sprint(set, q)])
	p.l.Adopt(p.now(), set, q, d, "found")
	p.m.adopt(set, q, d, "found")
	p.l.Renew(p.now(), set, q)
}

// drain tells the kernel, which must then agree with the model.
func (p *pair) drain(t *rapid.T) {
	for _, c := range p.l.Drain(p.now(), nil) {
		name := fmt.Sprint(c.Set, c.Prefix)
		if c.Remove {
			delete(p.kernel, name)
			continue
		}
		p.kernel[name] = until(p.m.now, c.Remaining)
	}
	want := map[string]time.Duration{}
	for _, b := range p.m.bans {
		want[fmt.Sprint(b.set, b.prefix)] = b.until
	}
	for name, end := range p.kernel {
		if end <= p.m.now {
			delete(p.kernel, name)
		}
	}
	if diff := cmp.Diff(want, p.kernel, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("kernel (-want +got):\n%s", diff)
	}
}

// check compares all that can be asked.
func (p *pair) check(t *rapid.T) {
	for _, set := range []ledger.Set{ledger.Blacklist, ledger.Whitelist} {
		var got []mban
		p.l.Each(p.now(), set, func(b ledger.Ban) bool {
			got = append(got, mban{b.Set, b.Prefix, until(p.m.now, b.Remaining), b.For, b.Nth, b.Offences, b.Entry, b.Sender, b.Origin})
			if set == ledger.Blacklist && b.Origin != ledger.ByKernel && p.list.Overlaps(b.Prefix) {
				t.Fatalf("%s is banned, and holds somebody spared", b.Prefix)
			}
			return true
		})
		var want []mban
		for _, b := range p.m.bans {
			if b.set == set {
				want = append(want, *b)
			}
		}
		byPrefix := func(a, b mban) int { return a.prefix.Compare(b.prefix) }
		slices.SortFunc(got, byPrefix)
		slices.SortFunc(want, byPrefix)
		if !slices.Equal(got, want) {
			t.Fatalf("set %d holds\n%+v, want\n%+v", set, got, want)
		}
		for _, q := range prefixes {
			q := netip.MustParsePrefix(q)
			var got, want netip.Prefix
			if all := p.l.Covering(p.now(), set, q); len(all) > 0 {
				got = all[0].Prefix
			}
			if b := p.m.covering(set, q); b != nil {
				want = b.prefix
			}
			if got != want {
				t.Fatalf("set %d: %s is covered by %s, want %s", set, q, got, want)
			}
		}
	}
	p.checkStrikes(t)
	if s := p.l.Stats(); s.StrikesTracked != len(p.m.counters) || s.StrikesEvicted != p.m.evicted {
		t.Fatalf("%d counters, %d evicted; want %d, %d", s.StrikesTracked, s.StrikesEvicted, len(p.m.counters), p.m.evicted)
	}
}

func (p *pair) checkStrikes(t *rapid.T) {
	for _, a := range addresses {
		addr := netip.MustParseAddr(a)
		got, want := map[string]int{}, map[string]int{}
		for _, s := range p.l.Strikes(p.now(), addr) {
			got[fmt.Sprint(s.Prefix, s.Entry, s.Verdict, s.Different)] = s.Hits
		}
		for _, c := range p.m.counters {
			if (c.prefix == single(addr) || c.prefix == p.m.unit(addr)) && len(c.strikes) > 0 {
				want[fmt.Sprint(c.prefix, c.entry, c.verdict, c.different)] = len(c.strikes)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("strikes of %s (-want +got):\n%s", a, diff)
		}
	}
}

// TestTheLedgerIsItsModel runs longer with -rapid.checks=N.
func TestTheLedgerIsItsModel(t *testing.T) {
	if err := flag.Set("rapid.steps", "100"); err != nil { // a past takes time to build
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := newPair(t)
		t.Repeat(map[string]func(*rapid.T){
			"hit": p.hit, "hit again": p.hit, "hit once more": p.hit, "wait": p.wait, "expire": p.expire, "operate": p.operate,
			"lift": p.lift, "reload": p.reload, "adopt": p.adopt, "drain": p.drain, "": p.check,
		})
	})
}
