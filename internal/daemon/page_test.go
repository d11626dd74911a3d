package daemon

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/lookuptest"
	"syslog-blacklist/internal/page"
)

// browse returns what a browser has made of a page after five seconds of its own time.
func browse(t *testing.T, url string, flags ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 40*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, "chromium", append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
		"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=5000", "--dump-dom"}, append(flags, url)...)...)
	cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, said.Bytes())
	}
	return out.String()
}

// asked counts the requests for each path.
type asked struct {
	sync.Mutex
	paths map[string]int
}

func (a *asked) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Lock()
		a.paths[r.URL.Path]++
		a.Unlock()
		next.ServeHTTP(w, r)
	})
}

// All who can name something that the page shows: the rules' author, an operator
// and the configuration.
const hostileRules = `
[<script>fetch("/executed")</script>]
1h
^sshd\[\d+\]: script from {IP_NUMBER}$

["><img src=/executed onerror=fetch("/executed")>]
1h
^sshd\[\d+\]: image from {IP_NUMBER}$

[&lt;b&gt; <b>bold</b>]
1h
^sshd\[\d+\]: entity from {IP_NUMBER}$
`

func TestABrowserShowsHostileNamesAsText(t *testing.T) {
	kerneltest.Require(t, "ipset", "ip", "chromium")
	c := configuration(t, hostileRules)
	c.Trust = []config.Trust{{Net: netip.MustParsePrefix("127.0.0.1/32"), Name: `<svg onload=fetch("/executed")>`}}
	c.Lookup.Databases = []string{filepath.Join(t.TempDir(), "mmdb")}
	database := lookuptest.Database(t, map[string]string{
		"203.0.113.0/30":  `{"country_code":"DE","autonomous_system_number":64496,"autonomous_system_organization":"<img src=/executed>\u202eholder"}`,
		"198.51.100.0/24": `{"country_code":"ZZ","country":"<b>"}`,
	})
	if err := os.WriteFile(c.Lookup.Databases[0], database, 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, c)
	r.until("the database is read", func() bool { return r.who(netip.MustParsePrefix("198.51.100.4/32")) != nil })
	operator := "<iframe src=/executed>\u202etxt.exe\u2066"
	if err := r.ledger.Ban(now(), netip.MustParsePrefix("198.51.100.4/32"), 15*time.Minute, operator, "root"); err != nil {
		t.Fatal(err)
	}
	for i, kind := range []string{"script", "image", "entity"} {
		r.send("%s from 203.0.113.%d", kind, i+1)
		r.listed("blacklist", fmt.Sprintf("203.0.113.%d", i+1))
	}
	history := new(page.History)
	for i := range uint64(60) {
		history.Add(time.Now().Add(time.Duration(i)*time.Minute-time.Hour), i*i, i/7)
	}
	requests := &asked{paths: map[string]int{}}
	server := httptest.NewServer(requests.count(r.routes(history)))
	defer server.Close()
	dom := browse(t, server.URL)

	for name, shown := range map[string]string{
		"a script":         `&lt;script&gt;fetch("/executed")&lt;/script&gt;`,
		"an image":         `"&gt;&lt;img src=/executed onerror=fetch("/executed")&gt;`,
		"an entity":        `&amp;lt;b&amp;gt; &lt;b&gt;bold&lt;/b&gt;`,
		"a frame":          `&lt;iframe src=/executed&gt;\u{202e}txt.exe\u{2066}`,
		"a sender":         `&lt;svg onload=fetch("/executed")&gt;`,
		"a holder":         `>AS64496 &lt;img src=/executed&gt;holder<`,
		"the country":      `>Germany</td><td class="number" style="--share: 0;">3<`,
		"an unknown one":   `>Unknown Region<`,
		"addresses":        `>203.0.113.3<`,
		"a count":          `<dd id="banned">4</dd>`,
		"the hour's bans":  `<dd id="bans-hour">8</dd>`,
		"the listener":     `>` + r.listeners[0].URL() + `<`,
		"a set":            `>blacklist6<`,
		"the lack of rule": `attackers are listed and not kept out`,
		"the title":        `<title>4 banned – syslog-blacklist</title>`,
	} {
		if !strings.Contains(dom, shown) {
			t.Errorf("%s is not on the page: %s", name, shown)
		}
	}
	if n := strings.Count(dom, "<canvas"); n != 2 {
		t.Errorf("%d charts are drawn, want 2", n)
	}
	if bad := regexp.MustCompile(`<(img|svg|iframe|b)\b|<script>`).FindString(dom); bad != "" || strings.Count(dom, "<script ") != 2 {
		t.Errorf("a name became an element: %s", bad)
	}
	if strings.Contains(dom, "from 203.0.113.") {
		t.Error("the page shows a log line")
	}
	requests.Lock()
	defer requests.Unlock()
	if requests.paths["/executed"] > 0 {
		t.Error("what a name says was executed")
	}
	if requests.paths["/api/state.json"] < 2 || requests.paths["/api/bans.json"] < 2 {
		t.Errorf("the page does not ask again by itself: %v", requests.paths)
	}
	if t.Failed() {
		t.Log(dom)
	}
}

// typing is a script that does what somebody does at the search.
const typing = `
setTimeout(() => {
	at("search").value = " 203.0.113.9 ";
	at("search").dispatchEvent(new Event("input"));
}, 1000);
`

func TestWhoTypesIntoTheSearchSeesWhoMatches(t *testing.T) {
	c := configuration(t, testRules)
	kerneltest.Require(t, "chromium")
	r := start(t, c)
	for _, addr := range []string{"203.0.113.9", "203.0.113.10"} {
		r.send("long from %s", addr)
		r.listed("blacklist", addr)
	}
	routes := r.routes(new(page.History))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page.js" {
			routes.ServeHTTP(w, r)
			return
		}
		script := httptest.NewRecorder()
		routes.ServeHTTP(script, r)
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, script.Body, typing)
	}))
	defer server.Close()
	dom := browse(t, server.URL)
	if !strings.Contains(dom, ">203.0.113.9<") || strings.Contains(dom, ">203.0.113.10<") || !strings.Contains(dom, "1 of 2 match") {
		t.Errorf("a search for 203.0.113.9 shows\n%s", dom)
	}
}

func TestThePageTellsThatTheDaemonIsGone(t *testing.T) {
	kerneltest.Require(t, "ipset", "ip", "chromium")
	r := start(t, configuration(t, testRules))
	routes := r.routes(new(page.History))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			http.Error(w, "<b>gone</b>", http.StatusBadGateway)
			return
		}
		routes.ServeHTTP(w, r)
	}))
	defer server.Close()
	if dom := browse(t, server.URL); !strings.Contains(dom, `class="bad">No answer: &lt;b&gt;gone&lt;/b&gt;<`) {
		t.Errorf("the page does not tell that nobody answers:\n%s", dom)
	}
}

func TestThePasswordsOfTheMetricsStandBeforeThePageToo(t *testing.T) {
	c := configuration(t, testRules)
	c.WebConfig = filepath.Join(t.TempDir(), "web.yaml")
	passwords := "basic_auth_users: {reader: $2y$05$hbSdYMtYTj/KmGVLx52E.uylXmwnvV7fDl8CSOeVZ1arOFJ7zGd42}" // letmein
	if err := os.WriteFile(c.WebConfig, []byte(passwords), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, c)
	for _, path := range []string{"/", "/page.js", "/api/state.json", "/api/bans.json"} {
		for password, want := range map[string]int{"": 401, "letmein": 200} {
			request, err := http.NewRequest("GET", "http://"+r.WebAddr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.SetBasicAuth("reader", password)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("%s with the password %q: %s, want %d", path, password, answer.Status, want)
			}
		}
	}
}

func TestTheBurstRulesBansAreOnThePageToo(t *testing.T) {
	c := configuration(t, testRules)
	c.Firewall.Bursts = []config.Burst{{Port: "pop3", Count: 6, Per: time.Minute, Burst: 8, Ban: 10 * time.Minute}}
	r := start(t, c)
	kerneltest.Run(t, "ipset", "add", BurstSet, "192.0.2.9", "timeout", "600")
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	var got []string
	err := r.operator.bans(t.Context(), func(b page.Ban) {
		if left := time.Until(b.Until); left < 9*time.Minute {
			t.Errorf("%s: %s left", b.Prefix, left)
		}
		got = append(got, b.Prefix.String()+" "+b.Entry)
	})
	if want := "203.0.113.9/32 long, 192.0.2.9/32 " + BurstSet; err != nil || strings.Join(got, ", ") != want {
		t.Errorf("bans %q, error %v; want %s", got, err, want)
	}
}
