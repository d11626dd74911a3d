package lookup

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// bootstrapFile is IANA's form, with these bases for each prefix.
func bootstrapFile(prefix string, bases ...string) string {
	return fmt.Sprintf(`{"version":"1.0","services":[[["%s"],["%s"]]]}`, prefix, strings.Join(bases, `","`))
}

// directory holds bootstrap files.
func directory(t *testing.T, ipv4, ipv6 string) string {
	dir := t.TempDir()
	for name, text := range map[string]string{"ipv4.json": ipv4, "ipv6.json": ipv6} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serve runs a registry's server and returns a registry that knows it.
func serve(t *testing.T, h http.HandlerFunc) *registry {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newRegistry(directory(t, bootstrapFile("192.0.0.0/8", s.URL+"/rdap/"), bootstrapFile("2001:db8::/32", s.URL)))
}

var anyone = netip.MustParseAddr("192.0.2.7")

func TestARegistryIsAskedForTheAddress(t *testing.T) {
	var asked string
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path + " " + r.Header.Get("Accept")
		fmt.Fprint(w, ofNetwork(entity("abuse", property("email", `"abuse@example.org"`), "")))
	})
	got := r.ask(t.Context(), anyone)
	if want := "GET /rdap/ip/192.0.2.7 application/rdap+json"; asked != want {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if got.failed || got.prefix.String() != "192.0.2.0/24" || !slices.Equal(got.value.contact.Mail, []string{"abuse@example.org"}) {
		t.Errorf("%+v", got)
	}
}

func TestWhatARegistryDoesWrongIsAFailureInWords(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"it knows nothing", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "answers 404 Not Found"},
		{"it wants to be left alone", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(429) }, "answers 429 Too Many Requests"},
		{"no JSON", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>\x1b[2J") }, "read the answer: invalid character '<'"},
		{"too much", func(w http.ResponseWriter, r *http.Request) {
			for range maxAnswer/1024 + 1 {
				fmt.Fprint(w, strings.Repeat(" ", 1024))
			}
		}, "answers more than 1048576 bytes"},
		{"it sends on to somebody else", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) },
			"redirection to a server that the bootstrap files do not name"},
		{"it sends on for ever", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) },
			"more than 3 redirections"},
		{"no HTTP, and an escape", func(w http.ResponseWriter, r *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(c, "\x1b[31mhello\r\n\r\n")
			c.Close()
		}, "malformed HTTP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := serve(t, tt.answer).ask(t.Context(), anyone)
			if !got.failed || got.value.err == nil || !strings.Contains(got.value.err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", got.value.err, tt.want)
			}
			if strings.ContainsAny(got.value.err.Error(), "\x1b\r\n") {
				t.Errorf("error %q holds a control character", got.value.err)
			}
			if got.prefix != netip.PrefixFrom(anyone, 32) || time.Until(got.until) > failureKept {
				t.Errorf("kept for %s until %s", got.prefix, got.until)
			}
		})
	}
	if elsewhere.Load() > 0 {
		t.Error("a server was asked that no bootstrap file names")
	}
}

func TestARedirectionToAnotherRegistryIsFollowed(t *testing.T) {
	national := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, ofNetwork(entity("abuse", property("email", `"abuse@example.org"`), "")))
	}))
	defer national.Close()
	regional := httptest.NewServer(http.RedirectHandler(national.URL+"/ip/192.0.2.7", http.StatusMovedPermanently))
	defer regional.Close()
	r := newRegistry(directory(t, `{"services":[[["192.0.0.0/8"],["`+regional.URL+`"]],[["198.51.0.0/16"],["`+national.URL+`"]]]}`, ""))
	if got := r.ask(t.Context(), anyone); got.failed || len(got.value.contact.Mail) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestARegistryThatHasEnoughIsLeftAlone(t *testing.T) {
	for _, tt := range []struct {
		status     int
		retryAfter string
		want       time.Duration
	}{
		{429, "120", 2 * time.Minute}, {503, "99999", time.Hour}, {429, "", 10 * time.Minute}, {429, "-1", 10 * time.Minute}, {500, "120", 0},
	} {
		questions := 0
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			questions++
			w.Header().Set("Retry-After", tt.retryAfter)
			w.WriteHeader(tt.status)
		})
		r.ask(t.Context(), anyone)
		second := r.ask(t.Context(), anyone)
		if alone := questions == 1; alone != (tt.want > 0) || alone && !strings.Contains(second.value.err.Error(), "wants no questions until") {
			t.Errorf("status %d: %d questions; %v", tt.status, questions, second.value.err)
		}
		for host, until := range r.rests {
			if left := time.Until(until); left > tt.want || left < tt.want-10*time.Second {
				t.Errorf("status %d, Retry-After %q: %s is left alone for %s, want %s", tt.status, tt.retryAfter, host, left, tt.want)
			}
		}
	}
}

func TestAnAnswerStandsForWhatMayBeAssignedApart(t *testing.T) {
	for _, tt := range []struct{ network, addr, want string }{
		{"192.0.0.0/16", "192.0.2.7", "192.0.2.0/24"},
		{"192.0.2.0/28", "192.0.2.7", "192.0.2.0/28"},
		{"2001:db8::/32", "2001:db8:1:2::7", "2001:db8:1::/48"},
		{"2001:db8:1:2::/64", "2001:db8:1:2::7", "2001:db8:1:2::/64"},
	} {
		if got := piece(netip.MustParsePrefix(tt.network), netip.MustParseAddr(tt.addr)); got.String() != tt.want {
			t.Errorf("%s of %s: %s, want %s", tt.addr, tt.network, got, tt.want)
		}
	}
}

func TestNobodyIsAskedAboutPrivateAddresses(t *testing.T) {
	r := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	for _, a := range []string{"10.1.2.3", "192.168.0.1", "fd00::1", "127.0.0.1", "169.254.1.1", "::1", "fe80::1"} {
		if got := r.ask(t.Context(), netip.MustParseAddr(a)); !got.failed {
			t.Errorf("%s: %+v", a, got)
		}
	}
}

func TestTheLongestPrefixOfTheBootstrapFileDecides(t *testing.T) {
	s := servers{dir: directory(t, `{"services":[[["192.0.0.0/8"],["http://a.example.org/"]],[["192.0.2.0/24"],["http://plain.example.org/","https://b.example.org/"]],
		[["203.0.113.0/24"],["ftp://c.example.org/","https://user@d.example.org/","nothing"]]]}`, bootstrapFile("2001:db8::/32", "https://six.example.org/"))}
	for addr, want := range map[string]string{
		"192.0.3.1": "http://a.example.org/", "192.0.2.1": "https://b.example.org/", "2001:db8::1": "https://six.example.org/",
		"203.0.113.1": "", "198.51.100.1": "", "2001:db9::1": "",
	} {
		got, err := s.find(netip.MustParseAddr(addr))
		if want == "" != (err != nil) || err == nil && got.String() != want {
			t.Errorf("%s: %v, %v; want %s", addr, got, err, want)
		}
	}
}

func TestAFaultyBootstrapFileLeavesTheOneBeforeInForce(t *testing.T) {
	dir := directory(t, bootstrapFile("192.0.0.0/8", "https://a.example.org/"), "")
	s := servers{dir: dir}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "ipv4.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ text, want string }{
		{"", "https://a.example.org/"},
		{"broken", "https://a.example.org/"},
		{bootstrapFile("192.0.0.0/8", "https://another.example.org/"), "https://another.example.org/"},
	} {
		if step.text != "" {
			write(step.text)
		}
		if got, err := s.find(anyone); err != nil || got.String() != step.want {
			t.Errorf("with %q: %v, %v", step.text, got, err)
		}
	}
	missing := servers{dir: t.TempDir()}
	if _, err := missing.find(anyone); err == nil || !strings.Contains(err.Error(), "get it from https://data.iana.org/rdap/ipv4.json") {
		t.Errorf("without a file: %v", err)
	}
}

func FuzzBootstrap(f *testing.F) {
	f.Add(bootstrapFile("192.0.2.0/24", "https://a.example.org/"))
	f.Add(`{"services":[[["a","192.0.2.1"],["http://"]],[["::/0"],["https://[::1]:1/x","mailto:a"]]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		bases, err := parseBootstrap([]byte(text))
		for p, u := range bases {
			if err != nil || p != p.Masked() || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				t.Errorf("%s: %v, %v", p, u, err)
			}
		}
	})
}
