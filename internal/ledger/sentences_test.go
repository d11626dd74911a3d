package ledger_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

const hour, day, week = time.Hour, 24 * time.Hour, 7 * 24 * time.Hour

func after(n int, within, d time.Duration) rules.Verdict {
	return rules.Verdict{Kind: rules.Block, For: d, After: n, Within: within}
}

func accept(d time.Duration) rules.Verdict {
	return rules.Verdict{Kind: rules.Accept, For: d, After: 1}
}

// story is a ledger and the results of what was reported to it, in order.
type story struct {
	*testing.T
	l *ledger.Ledger
}

func begin(t *testing.T, cfg ledger.Config, spared ...string) story {
	var e []spare.Entry
	for _, s := range spared {
		e = append(e, spare.Entry{Prefix: netip.MustParsePrefix(s), Reason: spare.NeverRule})
	}
	return story{t, ledger.New(cfg, spare.New(e...))}
}

// hits reports addr n times at the moment d; the last must come to want, the
// others must only count.
func (s story) hits(d time.Duration, n int, e *rules.Entry, addr string, want ledger.Result) {
	s.Helper()
	for i := range n {
		got := s.l.Hit(at(d), hit(e, addr)).Result
		if i < n-1 && got != ledger.Counted || i == n-1 && got != want {
			s.Fatalf("hit %d of %d at %s: result %d, want %d at the last", i+1, n, d, got, want)
		}
	}
}

// banned returns what holds addr at the moment d, and fails when nothing does.
func (s story) banned(d time.Duration, addr string) ledger.Ban {
	s.Helper()
	a := netip.MustParseAddr(addr)
	all := s.l.Covering(at(d), ledger.Blacklist, netip.PrefixFrom(a, a.BitLen()))
	if len(all) == 0 {
		s.Fatalf("%s is not banned at %s", addr, d)
	}
	return all[0]
}

func (s story) free(d time.Duration, addr string) {
	s.Helper()
	a := netip.MustParseAddr(addr)
	if all := s.l.Covering(at(d), ledger.Blacklist, netip.PrefixFrom(a, a.BitLen())); len(all) > 0 {
		s.Fatalf("%s is banned at %s: %+v", addr, d, all[0])
	}
}

func TestTheNthHitInASlidingWindowBans(t *testing.T) {
	s := begin(t, ledger.Config{})
	e := entry("unknown user", after(3, 10*time.Minute, hour))
	s.hits(0, 1, e, "203.0.113.9", ledger.Counted)
	s.hits(9*time.Minute, 1, e, "203.0.113.9", ledger.Counted)
	s.hits(11*time.Minute, 1, e, "203.0.113.9", ledger.Counted) // the first has left the window
	s.hits(12*time.Minute, 1, e, "203.0.113.9", ledger.Banned)
	if b := s.banned(12*time.Minute, "203.0.113.9"); b.For != hour {
		t.Errorf("banned for %s, want 1h", b.For)
	}
}

func TestTheWindowsEndBelongsToIt(t *testing.T) {
	for _, test := range []struct {
		apart time.Duration
		want  ledger.Result
	}{
		{10 * time.Minute, ledger.Banned},
		{10*time.Minute + 100*time.Millisecond, ledger.Counted},
	} {
		s := begin(t, ledger.Config{})
		e := entry("x", after(2, 10*time.Minute, hour))
		s.hits(0, 1, e, "203.0.113.9", ledger.Counted)
		s.hits(test.apart, 1, e, "203.0.113.9", test.want)
	}
}

func TestARepeatedMessageCountsAsOftenAsItSays(t *testing.T) {
	s := begin(t, ledger.Config{})
	r := hit(entry("unknown user", after(5, hour, hour)), "203.0.113.9")
	r.Repeat = 4
	if got := s.l.Hit(at(0), r).Result; got != ledger.Counted {
		t.Fatalf("four times: result %d", got)
	}
	r.Repeat = 0
	if got := s.l.Hit(at(0), r).Result; got != ledger.Banned {
		t.Fatalf("the fifth: result %d", got)
	}
}

func TestDifferentValuesAreCountedOnce(t *testing.T) {
	v := after(3, hour, day)
	v.Different = "user"
	e := entry("unknown user", v)
	s := begin(t, ledger.Config{})
	report := func(user string) ledger.Result {
		r := hit(e, "203.0.113.9")
		r.Hit.Details = []rules.Detail{{Name: "user", Value: []byte(user)}}
		return s.l.Hit(at(0), r).Result
	}
	for i, step := range []struct {
		user string
		want ledger.Result
	}{{"root", ledger.Counted}, {"admin", ledger.Counted}, {"root", ledger.Counted}, {"admin", ledger.Counted}, {"", ledger.Banned}} {
		if got := report(step.user); got != step.want {
			t.Fatalf("step %d, user %q: result %d, want %d", i, step.user, got, step.want)
		}
	}
}

func TestALateLineMakesNoValueOlder(t *testing.T) {
	v := after(2, 10*time.Minute, day)
	v.Different = "user"
	e := entry("unknown user", v)
	s := begin(t, ledger.Config{})
	report := func(d, age time.Duration, user string) ledger.Result {
		r := hit(e, "203.0.113.9")
		r.Hit.Details = []rules.Detail{{Name: "user", Value: []byte(user)}}
		r.At = at(d - age).Wall
		return s.l.Hit(at(d), r).Result
	}
	report(0, 0, "root")
	report(0, 6*time.Minute, "root")
	if got := report(5*time.Minute, 0, "admin"); got != ledger.Banned {
		t.Errorf("result %d, want the two of five minutes to ban", got)
	}
}

func TestALineWithoutTheGroupIsNoDifferentValue(t *testing.T) {
	v := after(2, hour, day)
	v.Different = "user"
	begin(t, ledger.Config{}).hits(0, 5, entry("x", v), "203.0.113.9", ledger.Counted)
}

func TestTheLongestBanThatIsDueApplies(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.hits(0, 1, entry("x", block(hour), block(day), block(time.Minute)), "203.0.113.9", ledger.Banned)
	if b := s.banned(0, "203.0.113.9"); b.For != day {
		t.Errorf("banned for %s, want 24h", b.For)
	}
}

func TestABanIsNeverShortened(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.hits(0, 1, entry("long", block(day)), "203.0.113.9", ledger.Banned)
	s.hits(hour, 1, entry("short", block(hour)), "203.0.113.9", ledger.AlreadyBanned)
	if err := s.l.Ban(at(hour), netip.MustParsePrefix("203.0.113.9/32"), time.Minute, "x", "root"); err != nil {
		t.Fatal(err)
	}
	s.l.Adopt(at(hour), ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32"), time.Minute, "x")
	if b := s.banned(hour, "203.0.113.9"); b.Remaining != 23*hour || b.Entry != "long" {
		t.Errorf("%s left for %s, want 23h for long", b.Remaining, b.Entry)
	}
}

func TestOffencesOfTheBannedAreTalliedNotEscalated(t *testing.T) {
	v := block(hour)
	v.DoublingTo = week
	e := entry("x", v)
	s := begin(t, ledger.Config{})
	s.hits(0, 1, e, "203.0.113.9", ledger.Banned)
	for range 3 {
		s.hits(time.Minute, 1, e, "203.0.113.9", ledger.AlreadyBanned)
	}
	b := s.banned(time.Minute, "203.0.113.9")
	if b.Remaining != 59*time.Minute || b.Offences != 3 || b.Nth != 1 {
		t.Errorf("%s left, %d offences, nth %d; want 59m, 3, 1", b.Remaining, b.Offences, b.Nth)
	}
	if n := s.l.Stats().HitsWhileBanned; n != 3 {
		t.Errorf("%d hits while banned, want 3", n)
	}
}

func TestALongerVerdictLengthensTheBanOfTheBanned(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.hits(0, 1, entry("short", block(hour)), "203.0.113.9", ledger.Banned)
	s.hits(time.Minute, 1, entry("long", block(rules.Forever)), "203.0.113.9", ledger.Banned)
	b := s.banned(1000*week, "203.0.113.9")
	if b.Remaining != rules.Forever || !b.Until.IsZero() || b.Entry != "long" || b.Nth != 1 {
		t.Errorf("%+v, want for ever, for long, the first", b)
	}
}

func TestEachVerdictCountsByItself(t *testing.T) {
	s := begin(t, ledger.Config{})
	e := entry("x", after(3, 10*time.Minute, time.Minute), after(5, hour, day))
	s.hits(0, 3, e, "203.0.113.9", ledger.Banned)
	s.hits(2*time.Minute, 1, e, "203.0.113.9", ledger.Counted) // the first verdict's strikes are spent
	s.hits(2*time.Minute, 1, e, "203.0.113.9", ledger.Banned)  // the second's fifth
	if b := s.banned(2*time.Minute, "203.0.113.9"); b.For != day || b.Nth != 2 {
		t.Errorf("banned for %s, nth %d; want 24h, 2", b.For, b.Nth)
	}
}

func TestDoublingGrowsWithThePastUpToItsLimit(t *testing.T) {
	v := block(hour)
	v.DoublingTo = 6 * hour
	e := entry("x", v)
	s := begin(t, ledger.Config{History: 30 * day})
	var now time.Duration
	for i, want := range []time.Duration{hour, 2 * hour, 4 * hour, 6 * hour, 6 * hour} {
		s.hits(now, 1, e, "203.0.113.9", ledger.Banned)
		if b := s.banned(now, "203.0.113.9"); b.For != want || b.Nth != i+1 {
			t.Fatalf("ban %d lasts %s, nth %d; want %s", i+1, b.For, b.Nth, want)
		}
		now += want
	}
	now += 31 * day
	s.hits(now, 1, e, "203.0.113.9", ledger.Banned)
	if b := s.banned(now, "203.0.113.9"); b.For != hour || b.Nth != 1 {
		t.Errorf("after a quiet history: %s, nth %d; want 1h, 1", b.For, b.Nth)
	}
}

func TestDoublingDoesNotOverflow(t *testing.T) {
	v := block(week)
	v.DoublingTo = rules.Forever - 1
	e := entry("x", v)
	s := begin(t, ledger.Config{History: rules.Forever})
	last := time.Duration(0)
	for i := range 60 {
		s.hits(0, 1, e, "203.0.113.9", ledger.Banned)
		b := s.banned(0, "203.0.113.9")
		if b.For < last || b.Nth != i+1 { // far beyond the eight that are remembered one by one
			t.Fatalf("ban %d lasts %s after %s, nth %d", i+1, b.For, last, b.Nth)
		}
		last = b.For
		s.l.Unban(at(0), b.Prefix, "root", false)
	}
	if last != rules.Forever-1 {
		t.Errorf("the last lasts %s, want the limit", last)
	}
	bans, more := s.l.Past(at(0), netip.MustParseAddr("203.0.113.9"))
	if len(bans) != 8 || more != 52 {
		t.Errorf("%d past bans and %d more, want 8 and 52", len(bans), more)
	}
}

func TestRecidiveCountsTheBansOfAllEntries(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.l.SetRules(&rules.Verdict{For: 4 * week, After: 3, Within: week}, nil)
	s.hits(0, 1, entry("a", block(hour)), "203.0.113.9", ledger.Banned)
	s.hits(day, 1, entry("b", block(hour)), "203.0.113.9", ledger.Banned)
	s.hits(2*day, 1, entry("c", block(hour)), "203.0.113.9", ledger.Banned)
	if b := s.banned(2*day, "203.0.113.9"); b.For != 4*week || b.Entry != "c" {
		t.Errorf("banned for %s for %s, want 4w for c", b.For, b.Entry)
	}
}

func TestForgettingBeginsThePastAnew(t *testing.T) {
	v := after(2, hour, hour)
	v.DoublingTo = day
	e := entry("x", v)
	s := begin(t, ledger.Config{})
	p := netip.MustParsePrefix("203.0.113.9/32")
	s.hits(0, 2, e, "203.0.113.9", ledger.Banned)
	if lifted := s.l.Unban(at(time.Minute), p, "root", false); len(lifted) != 1 || lifted[0].By != "root" || lifted[0].Remaining != 59*time.Minute {
		t.Fatalf("lifted %+v", lifted)
	}
	s.hits(time.Minute, 2, e, "203.0.113.9", ledger.Banned)
	if b := s.banned(time.Minute, "203.0.113.9"); b.Nth != 2 {
		t.Fatalf("nth %d after a plain unban, want 2", b.Nth)
	}
	s.l.Unban(at(time.Minute), p, "root", true)
	s.hits(time.Minute, 2, e, "203.0.113.9", ledger.Banned)
	if b := s.banned(time.Minute, "203.0.113.9"); b.Nth != 1 {
		t.Errorf("nth %d after forgetting, want 1", b.Nth)
	}
}

func TestAnIPv6AddressIsCountedAndBannedWithItsPrefix(t *testing.T) {
	s := begin(t, ledger.Config{})
	e := entry("x", after(2, hour, hour))
	s.hits(0, 1, e, "2001:db8::1", ledger.Counted)
	s.hits(0, 1, e, "2001:db8::ffff:2", ledger.Banned)
	if b := s.banned(0, "2001:db8::3"); b.Prefix.String() != "2001:db8::/64" {
		t.Errorf("banned as %s", b.Prefix)
	}
	s.free(0, "2001:db8:0:1::1")
}

func TestAPrefixThatHoldsSomebodySparedIsNarrowed(t *testing.T) {
	s := begin(t, ledger.Config{Prefix4: 24}, "2001:db8::5/128", "198.51.100.128/25")
	s.hits(0, 1, entry("x", block(hour)), "2001:db8::1", ledger.Banned)
	s.hits(0, 1, entry("x", block(hour)), "198.51.100.1", ledger.Banned)
	s.free(0, "2001:db8::2")
	s.free(0, "198.51.100.2")
	got := s.l.Hit(at(0), hit(entry("x", block(hour)), "198.51.100.130"))
	if got.Result != ledger.Spared || got.Reason != spare.NeverRule {
		t.Errorf("a spared address: %+v", got)
	}
}

func TestANewNeverLiftsWhatItCovers(t *testing.T) {
	list := spare.New()
	l := ledger.New(ledger.Config{}, list)
	l.Hit(at(0), hit(entry("x", block(hour)), "2001:db8::1"))
	l.Hit(at(0), hit(entry("x", block(hour)), "203.0.113.9"))
	l.Drain(at(0), nil)
	list.Replace([]spare.Entry{{Prefix: netip.MustParsePrefix("2001:db8::77/128"), Reason: spare.NeverRule}})
	lifted := l.LiftSpared(at(0))
	if len(lifted) != 1 || lifted[0].Prefix.String() != "2001:db8::/64" || lifted[0].By != "spared" {
		t.Fatalf("lifted %+v", lifted)
	}
	want := []ledger.Change{{Prefix: netip.MustParsePrefix("2001:db8::/64"), Remove: true}}
	if diff := cmp.Diff(want, l.Drain(at(0), nil), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestAnAcceptanceCoversTheOneAddressAndClearsItsStrikes(t *testing.T) {
	s := begin(t, ledger.Config{})
	e := entry("x", after(3, hour, hour))
	s.hits(0, 2, e, "2001:db8::1", ledger.Counted)
	s.hits(0, 1, entry("login", accept(12*hour)), "2001:db8::1", ledger.Accepted)
	if _, ok := s.l.Lookup(at(0), ledger.Whitelist, netip.MustParsePrefix("2001:db8::1/128")); !ok {
		t.Error("the address is not in the whitelist")
	}
	s.hits(0, 3, e, "2001:db8::2", ledger.Banned)
}

func TestAnAcceptanceIsRevokedAtFiveTimesTheNumber(t *testing.T) {
	for _, test := range []struct {
		name string
		e    *rules.Entry
		free int // offences that are forgiven
	}{
		{"an entry that counts to three", entry("x", after(3, hour, day)), 14},
		{"an entry that does not count", entry("x", block(day)), 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := begin(t, ledger.Config{})
			login := entry("login", accept(12*hour))
			s.hits(0, 1, login, "203.0.113.9", ledger.Accepted)
			for i := range test.free {
				s.hits(time.Duration(i)*time.Second, 1, test.e, "203.0.113.9", ledger.Counted)
				s.hits(time.Duration(i)*time.Second, 1, login, "203.0.113.9", ledger.Accepted) // no way to begin anew
			}
			s.hits(time.Minute, 1, test.e, "203.0.113.9", ledger.Banned)
			if _, ok := s.l.Lookup(at(time.Minute), ledger.Whitelist, netip.MustParsePrefix("203.0.113.9/32")); ok {
				t.Error("still in the whitelist")
			}
			ended := s.l.Expire(at(time.Minute))
			if len(ended) != 1 || ended[0].Set != ledger.Whitelist || ended[0].By == "" {
				t.Errorf("ended %+v, want the revoked acceptance", ended)
			}
			s.banned(time.Minute, "203.0.113.9")
		})
	}
}

func TestNobodyOfTheBlackoutListIsAccepted(t *testing.T) {
	s := begin(t, ledger.Config{})
	login := entry("login", accept(hour))
	s.hits(0, 1, login, "198.51.100.7", ledger.Accepted)
	s.l.SetRules(nil, []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")})
	if lifted := s.l.LiftSpared(at(0)); len(lifted) != 1 || lifted[0].By != "always" {
		t.Errorf("lifted %+v", lifted)
	}
	s.hits(0, 1, login, "198.51.100.7", ledger.Refused)
	if err := s.l.Accept(at(0), netip.MustParsePrefix("198.51.100.7/32"), hour, "x", "root"); err == nil ||
		err.Error() != "accept 198.51.100.7/32: it holds an address of the blackout list" {
		t.Errorf("error %v", err)
	}
}

func TestAnOperatorsWordStands(t *testing.T) {
	s := begin(t, ledger.Config{}, "192.0.2.7/32")
	p := netip.MustParsePrefix("203.0.113.9/32")
	if err := s.l.Accept(at(0), p, rules.Forever, "a friend", "root"); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		s.hits(0, 1, entry("x", block(day)), "203.0.113.9", ledger.Excused)
	}
	if err := s.l.Ban(at(0), netip.MustParsePrefix("203.0.113.0/24"), hour, "no friend", "root"); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.l.Lookup(at(0), ledger.Whitelist, p); ok {
		t.Error("banned and accepted at once")
	}
	if b := s.banned(0, "203.0.113.9"); b.Entry != "no friend" || b.Sender != "root" || b.Origin != ledger.ByOperator {
		t.Errorf("ban %+v", b)
	}
	err := s.l.Ban(at(0), netip.MustParsePrefix("192.0.2.0/24"), hour, "x", "root")
	if want := "ban 192.0.2.0/24: it holds an address that is never banned"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestALateLineCountsAtItsOwnTime(t *testing.T) {
	three, one := entry("three", after(3, 10*time.Minute, hour)), entry("one", block(hour))
	for _, test := range []struct {
		name string
		e    *rules.Entry
		ages []time.Duration
		want ledger.Result
		left time.Duration
	}{
		{"its window has passed", three, []time.Duration{11 * time.Minute}, ledger.Late, 0},
		{"a backlog within the window bans, from then", three, []time.Duration{9 * time.Minute, 8 * time.Minute, 7 * time.Minute}, ledger.Banned, 53 * time.Minute},
		{"a backlog that reaches beyond the window does not", three, []time.Duration{12 * time.Minute, 11 * time.Minute, 7 * time.Minute}, ledger.Counted, 0},
		{"a ban at the first hit runs from that hit", one, []time.Duration{20 * time.Minute}, ledger.Banned, 40 * time.Minute},
		{"a ban that would be over is none", one, []time.Duration{hour}, ledger.Late, 0},
		{"a little late is now", one, []time.Duration{5 * time.Minute}, ledger.Banned, hour},
		{"a time to come is now", one, []time.Duration{-day}, ledger.Banned, hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := begin(t, ledger.Config{})
			var got ledger.Result
			for _, age := range test.ages {
				r := hit(test.e, "203.0.113.9")
				r.At = at(-age).Wall
				got = s.l.Hit(at(0), r).Result
			}
			if got != test.want {
				t.Fatalf("result %d, want %d", got, test.want)
			}
			if test.left > 0 {
				if b := s.banned(0, "203.0.113.9"); b.Remaining != test.left {
					t.Errorf("%s left, want %s", b.Remaining, test.left)
				}
			}
		})
	}
}

func TestASessionKnowsTheAddress(t *testing.T) {
	remember := entry("connection", rules.Verdict{Kind: rules.Remember, For: 2 * time.Minute})
	forget := entry("closed", rules.Verdict{Kind: rules.Forget})
	cipher := entry("no cipher", block(hour))
	line := func(e *rules.Entry, addr, host, pid, session string) *ledger.Report {
		r := &ledger.Report{Hit: &rules.Hit{Entry: e}, Sender: "192.0.2.1", Host: []byte(host), Tag: []byte("sshd"), PID: []byte(pid)}
		if addr != "" {
			r.Hit.Addr = netip.MustParseAddr(addr)
		}
		if session != "" {
			r.Hit.Session = []byte(session)
		}
		return r
	}
	known := line(remember, "203.0.113.9", "b", "7", "")
	for _, test := range []struct {
		name string
		wait time.Duration
		then []*ledger.Report
		want ledger.Result
	}{
		{"of the same process", 0, []*ledger.Report{known, line(cipher, "", "b", "7", "")}, ledger.Banned},
		{"not of another", 0, []*ledger.Report{known, line(cipher, "", "b", "8", "")}, ledger.NoAddress},
		{"not of another host", 0, []*ledger.Report{known, line(cipher, "", "c", "7", "")}, ledger.NoAddress},
		{"not without a process", 0, []*ledger.Report{line(remember, "203.0.113.9", "b", "", ""), line(cipher, "", "b", "", "")}, ledger.NoAddress},
		{"not when its time is over", 2 * time.Minute, []*ledger.Report{known, line(cipher, "", "b", "7", "")}, ledger.NoAddress},
		{"not when it was closed", 0, []*ledger.Report{known, line(forget, "", "b", "7", ""), line(cipher, "", "b", "7", "")}, ledger.NoAddress},
		{"by its own name, across processes", 0, []*ledger.Report{line(remember, "203.0.113.9", "b", "7", "4F2A"), line(cipher, "", "b", "8", "4F2A")}, ledger.Banned},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := ledger.New(ledger.Config{}, spare.New())
			var got ledger.Outcome
			for i, r := range test.then {
				got = l.Hit(at(time.Duration(i)*test.wait), r)
			}
			if got.Result != test.want {
				t.Errorf("result %d, want %d", got.Result, test.want)
			}
			if test.want == ledger.Banned && got.Addr != known.Hit.Addr {
				t.Errorf("banned %s", got.Addr)
			}
		})
	}
}

func TestTheBreakerKeepsTheStrikesAndRecovers(t *testing.T) {
	s := begin(t, ledger.Config{BansPerSecond: 1, Burst: 2})
	e := entry("wild", after(2, hour, hour))
	s.hits(0, 2, e, "203.0.113.1", ledger.Banned)
	s.hits(0, 2, e, "203.0.113.2", ledger.Banned)
	s.hits(0, 2, e, "203.0.113.3", ledger.Tripped)
	s.free(0, "203.0.113.3")
	s.hits(0, 2, entry("tame", after(2, hour, hour)), "203.0.113.4", ledger.Banned) // an entry of its own
	if n := s.l.Stats().BreakerTrips; n != 1 {
		t.Errorf("%d trips, want 1", n)
	}
	s.hits(time.Second, 1, e, "203.0.113.3", ledger.Banned) // one more hit is enough
}

func TestOneSenderHoldsAtMostHalfASet(t *testing.T) {
	s := begin(t, ledger.Config{Capacity: 4})
	e := entry("x", block(hour))
	s.hits(0, 1, e, "203.0.113.1", ledger.Banned)
	s.hits(0, 1, e, "203.0.113.2", ledger.Banned)
	s.hits(0, 1, e, "203.0.113.3", ledger.Tripped)
	r := hit(e, "203.0.113.3")
	r.Sender = "another"
	if got := s.l.Hit(at(0), r).Result; got != ledger.Banned {
		t.Errorf("another sender: result %d", got)
	}
	s.l.Unban(at(0), netip.MustParsePrefix("203.0.113.1/32"), "root", true)
	s.hits(0, 1, e, "203.0.113.4", ledger.Banned)
}

func TestThisHostsOwnSyslogMayFillTheSet(t *testing.T) {
	s := begin(t, ledger.Config{Capacity: 4})
	for _, a := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"} {
		r := hit(entry("x", block(hour)), a)
		r.Local = true
		if got := s.l.Hit(at(0), r).Result; got != ledger.Banned {
			t.Errorf("%s: result %d", a, got)
		}
	}
}

func TestTheStalestStrikesGoFirstAndAreCounted(t *testing.T) {
	s := begin(t, ledger.Config{Tracked: 3})
	e := entry("x", after(3, hour, hour))
	for i, a := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.1", "203.0.113.4"} {
		s.hits(time.Duration(i)*time.Second, 1, e, a, ledger.Counted)
	}
	if st := s.l.Stats(); st.StrikesTracked != 3 || st.StrikesEvicted != 1 {
		t.Errorf("%d tracked, %d evicted; want 3, 1", st.StrikesTracked, st.StrikesEvicted)
	}
	s.hits(10*time.Second, 1, e, "203.0.113.1", ledger.Banned)  // its strikes were kept
	s.hits(10*time.Second, 2, e, "203.0.113.2", ledger.Counted) // its first was not
}

func TestStrikesThatCountNoMoreAreNoEvictions(t *testing.T) {
	s := begin(t, ledger.Config{Tracked: 3})
	e := entry("x", after(3, hour, hour))
	for i := range 9 {
		now := time.Duration(i) * 2 * hour
		s.hits(now, 1, e, fmt.Sprintf("203.0.113.%d", i), ledger.Counted)
		s.l.Expire(at(now))
	}
	if st := s.l.Stats(); st.StrikesTracked != 1 || st.StrikesEvicted != 0 {
		t.Errorf("%d tracked, %d evicted; want 1, 0", st.StrikesTracked, st.StrikesEvicted)
	}
}

func TestAReloadKeepsWhatWasCounted(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.hits(0, 2, entry("x", after(5, hour, hour)), "203.0.113.9", ledger.Counted)
	s.l.SetRules(nil, nil)
	s.hits(0, 1, entry("x", after(3, 2*hour, day)), "203.0.113.9", ledger.Banned)
}

func TestABanEndsByItsTimeAndIsRemembered(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.hits(0, 1, entry("x", block(hour)), "203.0.113.9", ledger.Banned)
	if e := s.l.Expire(at(hour - time.Second)); len(e) != 0 {
		t.Fatalf("ended early: %+v", e)
	}
	s.free(hour, "203.0.113.9")
	e := s.l.Expire(at(hour))
	if len(e) != 1 || e[0].By != "" || e[0].Entry != "x" || e[0].Remaining != 0 {
		t.Fatalf("ended %+v", e)
	}
	bans, more := s.l.Past(at(2*hour), netip.MustParseAddr("203.0.113.9"))
	want := []ledger.Past{{Entry: "x", Since: at(0).Wall, Ended: at(hour).Wall}}
	if diff := cmp.Diff(want, bans); diff != "" || more != 0 {
		t.Errorf("past, and %d more (-want +got):\n%s", more, diff)
	}
}

func TestAStepOfTheWallClockNeitherLengthensNorEndsABan(t *testing.T) {
	s := begin(t, ledger.Config{})
	s.hits(0, 1, entry("x", block(hour)), "203.0.113.9", ledger.Banned)
	for _, step := range []time.Duration{-50 * 365 * day, 50 * 365 * day} {
		now := at(30 * time.Minute)
		now.Wall = now.Wall.Add(step)
		b, ok := s.l.Lookup(now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32"))
		if !ok || b.Remaining != 30*time.Minute || !b.Until.Equal(now.Wall.Add(30*time.Minute)) {
			t.Errorf("after a step of %s: %+v", step, b)
		}
		if e := s.l.Expire(now); len(e) != 0 {
			t.Errorf("after a step of %s ended %+v", step, e)
		}
	}
}

func TestThousandsOfChangesComeInTurns(t *testing.T) {
	const n = 40_000
	l := ledger.New(ledger.Config{}, spare.New())
	e := entry("x", block(hour))
	for i := range n {
		r := hit(e, "203.0.113.9")
		r.Hit.Addr = netip.AddrFrom4([4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)})
		l.Hit(at(0), r)
	}
	l.Tell()
	seen := map[netip.Prefix]bool{}
	for range n {
		select {
		case <-l.Wake():
			for _, c := range l.Drain(at(0), nil) {
				seen[c.Prefix] = true
			}
			continue
		default:
		}
		break
	}
	if len(seen) != n || l.Stats().Pending != 0 {
		t.Errorf("%d drained, %d pending; want %d, 0", len(seen), l.Stats().Pending, n)
	}
}

func TestHitsFromManyGoroutinesAreAllCounted(t *testing.T) {
	l := ledger.New(ledger.Config{}, spare.New())
	e := entry("x", after(250, hour, hour))
	results := make(chan ledger.Result)
	for range 5 {
		go func() {
			for range 50 {
				results <- l.Hit(at(0), hit(e, "203.0.113.9")).Result
			}
		}()
	}
	banned := 0
	for range 250 {
		if <-results == ledger.Banned {
			banned++
		}
	}
	if banned != 1 {
		t.Errorf("banned %d times, want once", banned)
	}
}
