package page

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/control"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// source has n bans, a second apart, the first the youngest.
func source(n int) Source {
	return Source{
		State: func(context.Context) (State, error) { return State{}, nil },
		Bans: func(_ context.Context, each func(Ban)) error {
			for i := range n {
				a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
				each(Ban{Prefix: netip.PrefixFrom(a, 32), Entry: "sshd password", Since: noon.Add(-time.Duration(i) * time.Second), Until: noon.Add(time.Hour), Nth: 1})
			}
			return nil
		},
		Who: nobody,
	}
}

// nobody is what is known of addresses where nothing is looked up.
func nobody(netip.Prefix) *control.Who { return nil }

// get asks a handler as host.
func get(h http.Handler, host, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheYoungestOfManyBansAreSentAndAllAreCounted(t *testing.T) {
	s := &scan{from: source(50_000), turn: make(chan struct{}, 1)}
	got, err := s.find(t.Context(), query{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Total != 50_000 || got.Found != 50_000 || len(got.Bans) != maxRows {
		t.Fatalf("total %d, found %d, sent %d", got.Total, got.Found, len(got.Bans))
	}
	for i, b := range got.Bans {
		if want := noon.Unix() - int64(i); b.Since != want {
			t.Fatalf("row %d began at %d, want %d", i, b.Since, want)
		}
	}
}

func TestASearchFindsPartsAndWhoCoversAnAddress(t *testing.T) {
	s := &scan{turn: make(chan struct{}, 1), from: Source{Who: nobody, Bans: func(_ context.Context, each func(Ban)) error {
		each(Ban{Prefix: netip.MustParsePrefix("203.0.113.9/32"), Entry: "SSHD Password", Since: noon})
		each(Ban{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Entry: "postfix"})
		each(Ban{Prefix: netip.MustParsePrefix("2001:db8:1:2::/64"), Entry: "postfix", Until: noon})
		return nil
	}}}
	for text, want := range map[string]string{
		"":                     "203.0.113.9 198.51.100.0/24 2001:db8:1:2::/64",
		"203.0":                "203.0.113.9",
		"sshd pass":            "203.0.113.9",
		"POSTFIX":              "198.51.100.0/24 2001:db8:1:2::/64",
		" 198.51.100.77 ":      "198.51.100.0/24",
		"::ffff:198.51.100.77": "198.51.100.0/24",
		"2001:DB8:1:2::beef":   "2001:db8:1:2::/64",
		"2001:db8:1:3::beef":   "",
		"/32":                  "",
	} {
		q, err := parseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range found.Bans {
			got = append(got, b.Address)
		}
		if strings.Join(got, " ") != want || found.Found != len(got) || found.Total != 3 {
			t.Errorf("%q: found %q, %d of %d; want %q", text, got, found.Found, found.Total, want)
		}
	}
}

func TestASearchWaitsForItsTurnAndGivesUpWithItsReader(t *testing.T) {
	s := &scan{from: source(1), turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.find(ctx, query{}); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func TestTimesAreUnixSecondsAndNothingIsAnAddressWithItsLength(t *testing.T) {
	got := get(Handler("", source(1)), "127.0.0.1", "/api/bans.json").Body.String()
	want := `{"total":1,"found":1,"bans":[{"address":"10.0.0.0","entry":"sshd password","since":1795262400,"until":1795266000,"nth":1,"hits":0,"who":null}]}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestHistoryKeepsTwelveHoursOfWhatCameEachMinute(t *testing.T) {
	var h History
	for i := range uint64(1000) {
		h.Add(noon.Add(time.Duration(i)*time.Minute), 100+i*i, i/2)
	}
	c := h.Columns()
	if len(c.Times) != 720 || len(c.Messages) != 720 || len(c.Bans) != 720 {
		t.Fatalf("%d, %d, %d samples", len(c.Times), len(c.Messages), len(c.Bans))
	}
	if got := c.Times[719] - c.Times[0]; got != 719*60 {
		t.Errorf("they span %d s", got)
	}
	if c.Messages[719] != 999*999-998*998 || c.Bans[719] != 0 || c.Bans[718] != 1 {
		t.Errorf("the last: %d messages, %d bans; before: %d bans", c.Messages[719], c.Bans[719], c.Bans[718])
	}
}

func TestWhatWasBeforeTheFirstCallIsNotCountedAsAMinute(t *testing.T) {
	var h History
	h.Add(noon, 1_000_000, 1000)
	if diff := cmp.Diff(Columns{Times: []int64{}, Messages: []uint64{}, Bans: []uint64{}}, h.Columns()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAStateOfManyRowsIsCutToThoseThatMatter(t *testing.T) {
	var s State
	for i := range 1000 {
		last := noon.Add(time.Duration(i) * time.Second)
		s.Status.Entries = append(s.Status.Entries, control.Entry{Name: fmt.Sprint(i), Hits: uint64(i)})
		s.Status.Senders = append(s.Status.Senders, control.Sender{Name: fmt.Sprint(i), Last: &last})
	}
	s.Status.Senders[700].Last = nil
	s.bound()
	if s.Entries != 1000 || s.Senders != 1000 || len(s.Status.Entries) != maxRows || len(s.Status.Senders) != maxRows {
		t.Errorf("%d of %d entries, %d of %d senders", len(s.Status.Entries), s.Entries, len(s.Status.Senders), s.Senders)
	}
	if s.Status.Entries[0].Name != "999" || s.Status.Senders[0].Name != "700" || s.Status.Senders[1].Name != "0" {
		t.Errorf("first come entry %s, senders %s and %s", s.Status.Entries[0].Name, s.Status.Senders[0].Name, s.Status.Senders[1].Name)
	}
}

func TestOnlyNamesOfThisHostAreAnswered(t *testing.T) {
	h := Handler("guard.example.org", source(1))
	for host, want := range map[string]int{
		"127.0.0.1:9514": 200, "[::1]:9514": 200, "[2001:db8::1]": 200, "localhost:9514": 200, "LOCALHOST": 200,
		"guard.example.org:9514": 200, "Guard.Example.org": 200,
		"attacker.example:9514": 421, "127.0.0.1.attacker.example": 421, "localhost.attacker.example": 421, "": 421,
	} {
		for _, path := range []string{"/", "/page.js", "/api/bans.json", "/api/state.json"} {
			if got := get(h, host, path).Code; got != want {
				t.Errorf("%s of %q: status %d, want %d", path, host, got, want)
			}
		}
	}
	if get(Handler("", source(1)), "", "/").Code != 421 {
		t.Error("a daemon without a name takes an empty one for its own")
	}
}

func TestEveryAnswerIsConfined(t *testing.T) {
	h := Handler("", source(1))
	for _, path := range []string{"/", "/page.js", "/api/state.json", "/api/bans.json", "/api/bans.json?q=" + strings.Repeat("x", 201), "/nothing"} {
		header := get(h, "localhost", path).Header()
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
			if header.Get(name) == "" {
				t.Errorf("%s has no %s", path, name)
			}
		}
		if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
	}
}

func TestThePageOnlyReadsAndBoundsWhatItIsAsked(t *testing.T) {
	h := Handler("", source(1))
	for request, want := range map[string]int{
		"POST /": 405, "POST /api/state.json": 405, "DELETE /api/bans.json": 405, "GET /nothing": 404,
		"GET /api/bans.json?q=" + strings.Repeat("x", 201): 400,
	} {
		method, path, _ := strings.Cut(request, " ")
		r := httptest.NewRequest(method, path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: status %d, want %d", request, w.Code, want)
		}
	}
}

func TestThePageWantsNothingFromElsewhere(t *testing.T) {
	h := Handler("", source(1))
	html := get(h, "localhost", "/").Body.String()
	parts := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(html, -1)
	if len(parts) < 4 {
		t.Fatalf("the page has %d parts", len(parts))
	}
	for _, m := range parts {
		if m[1] == "data:," {
			continue
		}
		answer := get(h, "localhost", "/"+m[1])
		body, _ := io.ReadAll(answer.Body)
		if answer.Code != 200 || len(body) == 0 {
			t.Errorf("%s: status %d, %d bytes", m[1], answer.Code, len(body))
		}
		if regexp.MustCompile(`(?i)(fetch|import|url|src)\W{1,3}(https?:)?//`).Match(body) {
			t.Errorf("%s asks somebody else", m[1])
		}
	}
}

func BenchmarkAMillionBans(b *testing.B) {
	for _, text := range []string{"", "198.51.100.77", "nobody"} {
		b.Run("search "+text, func(b *testing.B) {
			s := &scan{from: source(1_000_000), turn: make(chan struct{}, 1)}
			q, err := parseQuery(text)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.find(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
