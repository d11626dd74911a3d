package report

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/mail"
	"syslog-blacklist/rules"
)

var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.FixedZone("", 9*3600))

// bench is a reporter with the rules and the registry that feed it.
type bench struct {
	*Reporter
	t     testing.TB
	rules *rules.Set
	state string
	asked []string
	known map[netip.Prefix]lookup.Contact
}

var testRules = sync.OnceValue(func() *rules.Set {
	set, faults := rules.Parse("rules", []byte("use sshd apache postfix named\n[my own]\n1h\n^app: alice from {IP_NUMBER}\n"))
	if set == nil {
		panic(faults)
	}
	return set
})

func config() Config {
	return Config{
		Organisation: "Example", Contact: "abuse@example.org", Wait: time.Hour, Lines: 10, Prefix4: 32, Prefix6: 64,
		Mail: &mail.Relay{Server: "127.0.0.1:1", TLS: "off", From: "abuse@example.org", To: []string{"admin@example.org"}},
	}
}

func newBench(t testing.TB, cfg Config) *bench {
	t.Helper()
	return newBenchIn(t, cfg, t.TempDir())
}

func newBenchIn(t testing.TB, cfg Config, state string) *bench {
	t.Helper()
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, rules: testRules(), state: state, known: map[netip.Prefix]lookup.Contact{
		netip.MustParsePrefix("203.0.113.0/24"): {Holder: "Example Net", Mail: []string{"abuse@example.net"}},
	}}
	var err error
	if b.Reporter, err = New(cfg, state, b.answer, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	b.host = "guard.example.org"
	return b
}

// answer is the registry's.
func (b *bench) answer(_ context.Context, addr netip.Addr) (lookup.Record, bool) {
	b.asked = append(b.asked, addr.String())
	for p, c := range b.known {
		if p.Contains(addr) {
			c.Network = p
			return lookup.Record{Name: "host.example.net", Contact: c}, true
		}
	}
	return lookup.Record{}, true
}

// see shows the reporter a line; the last of a ban collects it.
func (b *bench) see(at time.Time, line string, banned bool) {
	b.t.Helper()
	m := b.rules.Matcher()
	defer b.rules.Release(m)
	var h rules.Hit
	if !m.Match([]byte(line), false, &h) {
		b.t.Fatalf("%q matches nothing", line)
	}
	b.Sight(&Sighting{At: at, Hit: &h, Addr: h.Addr, Repeat: 1, Host: []byte("mx1"), Line: []byte(line), Banned: banned})
	for len(b.bans) > 0 {
		b.incident(b.t.Context(), <-b.bans)
	}
}

// attack is five refused passwords from an address, and the ban.
func (b *bench) attack(at time.Time, addr string) {
	b.t.Helper()
	for n := range 5 {
		line := fmt.Sprintf("sshd[471%d]: Failed password for root from %s port %d ssh2", n, addr, 50000+n)
		b.see(at.Add(time.Duration(n)*time.Second), line, n == 4)
	}
}

func TestABanBecomesAnIncidentWithItsLines(t *testing.T) {
	b := newBench(t, config())
	b.attack(noon, "203.0.113.9")
	b.see(noon, "postfix/smtpd[1]: warning: unknown[203.0.113.7]: SASL LOGIN authentication failed: x", false)
	a := netip.MustParseAddr("203.0.113.9")
	end := noon.Add(4 * time.Second)
	want := []*Incident{{
		ID: "20240501-1", Day: "2024-05-01", Network: netip.MustParsePrefix("203.0.113.0/24"), Kind: Kind{"login", "ssh"},
		Entries: []string{"sshd password"}, Holder: "Example Net", Desk: []string{"abuse@example.net"},
		Created: end, First: noon, Last: end, Count: 5, State: Open, SentBy: map[Way]time.Time{},
		Sources: []Source{{Address: a, Unit: netip.PrefixFrom(a, 32), Name: "host.example.net", First: noon, Last: end, Count: 5,
			Ports: []uint16{50000, 50001, 50002, 50003, 50004}}},
	}}
	for n := range 5 {
		want[0].Lines = append(want[0].Lines, Line{noon.Add(time.Duration(n) * time.Second), a,
			fmt.Sprintf("sshd[***]: Failed *** for *** from 203.0.113.9 port %d ssh***", 50000+n)})
	}
	opts := []cmp.Option{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmpopts.IgnoreFields(Incident{}, "UUID"), cmpopts.IgnoreFields(Source{}, "UUID")}
	if diff := cmp.Diff(want, b.List(), opts...); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	again := newBenchIn(t, config(), b.state)
	if diff := cmp.Diff(b.List(), again.List(), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("after a restart: -want +got:\n%s", diff)
	}
}

func TestThereIsOneIncidentANetworkAKindAndADay(t *testing.T) {
	b := newBench(t, config())
	b.attack(noon, "203.0.113.9")
	b.attack(noon, "203.0.113.10")                                                                 // the same network
	b.attack(noon.Add(time.Hour), "203.0.113.9")                                                   // once more
	b.attack(noon, "198.51.100.7")                                                                 // another, which nobody knows
	b.see(noon, "app: alice from 203.0.113.9", true)                                               // another kind
	b.attack(noon.Add(12*time.Hour), "203.0.113.9")                                                // the next day
	b.see(noon, "named[1]: client @0x7f 203.0.113.9#1 (x): query (cache) 'x/ANY/IN' denied", true) // could be forged
	b.attack(noon, "2001:db8::1")                                                                  // a /64 is one
	b.attack(noon, "2001:db8::2")                                                                  //
	b.attack(noon, "2001:db8:0:1::1")                                                              // another
	got := map[string]string{}
	for _, i := range b.List() {
		got[i.ID] = fmt.Sprintf("%s %s, %d hits, %d addresses", i.Kind, i.Network, i.Count, len(i.Sources))
	}
	want := map[string]string{
		"20240501-1": "SSH login attack 203.0.113.0/24, 15 hits, 2 addresses",
		"20240501-2": "SSH login attack 198.51.100.7/32, 5 hits, 1 addresses",
		"20240501-3": "unwanted access 203.0.113.0/24, 1 hits, 1 addresses",
		"20240502-1": "SSH login attack 203.0.113.0/24, 5 hits, 1 addresses",
		"20240501-4": "SSH login attack 2001:db8::/64, 10 hits, 2 addresses",
		"20240501-5": "SSH login attack 2001:db8:0:1::/64, 5 hits, 1 addresses",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := len(slices.DeleteFunc(b.asked, func(a string) bool { return !strings.HasPrefix(a, "203.0.113.") })); n != 3 {
		t.Errorf("asked %d times about one network: %v", n, b.asked)
	}
}

func TestAnIncidentIsBoundedAndCountsWhatItDoesNotHold(t *testing.T) {
	b := newBench(t, config())
	for n := range 50 {
		b.attack(noon, fmt.Sprintf("203.0.113.%d", n+1))
	}
	i := b.List()[0]
	if len(i.Sources) != maxSources || len(i.Lines) != b.cfg.Lines || i.Count != 250 || i.More != 200 {
		t.Errorf("%d addresses, %d lines, %d hits, %d more", len(i.Sources), len(i.Lines), i.Count, i.More)
	}
	for n := range 100 {
		b.see(noon, fmt.Sprintf("sshd[1]: Failed password for x from 203.0.113.1 port %d ssh2", n+1), n == 99)
	}
	if i = b.List()[0]; len(i.Sources[0].Ports) != maxPorts || i.Sources[0].Count != 105 {
		t.Errorf("%+v", i.Sources[0])
	}
}

func TestWhatHasNoRoomIsLostAndCounted(t *testing.T) {
	b := newBench(t, config())
	for n := range maxCases + 3 {
		b.see(noon, fmt.Sprintf("sshd[1]: Failed password for x from 198.18.%d.%d port 1 ssh2", n/256, n%256), false)
	}
	if s := b.Stats(); s.Evicted != 3 {
		t.Errorf("%+v, want 3 networks evicted", s)
	}
	b.store.limit = 20
	for n := range b.store.limit + 2 {
		b.see(noon, fmt.Sprintf("app: alice from 198.19.0.%d", n), true)
	}
	if s := b.Stats(); s.Incidents != b.store.limit || s.Lost != 2 {
		t.Errorf("%+v, want %d incidents, and 2 more lost", s, b.store.limit)
	}
	b.store.update(b.List()[7].ID, func(i *Incident) { i.State = Sent })
	b.attack(noon, "203.0.113.9")
	if i := b.List(); len(i) != b.store.limit || !slices.ContainsFunc(i, func(i *Incident) bool { return i.Network.String() == "203.0.113.0/24" }) {
		t.Errorf("%d incidents; what was sent makes no room", len(i))
	}
	b.store.expire(noon.Add(31 * 24 * time.Hour))
	if left := newBenchIn(t, config(), b.state).List(); len(left) != 0 {
		t.Errorf("%d are left after a month", len(left))
	}
}

func TestTheNetworkIsTheRegistrysOrTheDatabasesOrTheBans(t *testing.T) {
	banned, p := netip.MustParsePrefix("203.0.113.9/32"), netip.MustParsePrefix
	for _, tt := range []struct {
		name  string
		known lookup.Record
		want  string
	}{
		{"nobody knows it", lookup.Record{}, "203.0.113.9/32"},
		{"the registry does", lookup.Record{Network: p("203.0.112.0/20"), ASN: 64496, Contact: lookup.Contact{Network: p("203.0.113.0/24")}}, "203.0.113.0/24"},
		{"a database does", lookup.Record{Network: p("203.0.112.0/20"), ASN: 64496}, "203.0.112.0/20"},
		{"a database has the country alone", lookup.Record{Network: p("203.0.0.0/16"), Country: "JP"}, "203.0.113.9/32"},
		{"it is the registry's own", lookup.Record{Contact: lookup.Contact{Network: p("0.0.0.0/0")}}, "203.0.113.9/32"},
	} {
		if got := networkOf(&tt.known, banned); got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestManyReceiversLoseNothingWhenItStops(t *testing.T) {
	b := newBench(t, config())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	const receivers, lines = 8, 100
	var g sync.WaitGroup
	for n := range receivers {
		g.Go(func() {
			m := b.rules.Matcher()
			defer b.rules.Release(m)
			line := fmt.Appendf(nil, "sshd[1]: Failed password for x from 203.0.113.%d port 1 ssh2", n)
			var h rules.Hit
			if !m.Match(line, false, &h) {
				t.Error("no match")
				return
			}
			for k := range lines {
				b.Sight(&Sighting{At: noon, Hit: &h, Addr: h.Addr, Line: line, Banned: k == lines-1})
			}
		})
	}
	g.Wait()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if all := b.List(); len(all) != 1 || all[0].Count != receivers*lines || len(all[0].Sources) != receivers {
		t.Errorf("%+v", all)
	}
}
