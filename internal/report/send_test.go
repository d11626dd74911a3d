package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"syslog-blacklist/internal/mailtest"
)

// received is a mail as its reader sees it.
type received struct {
	to, subject, from string
	header            netmail.Header
	text              string
	parts             map[string]string // by file name
	order             []string          // of the parts' types
}

func read(t testing.TB, raw string) received {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	r := received{to: m.Header.Get("To"), from: m.Header.Get("From"), subject: subject, header: m.Header, parts: map[string]string{}}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "multipart/mixed" {
		r.order = []string{kind}
		r.text = decode(t, m.Header.Get("Content-Transfer-Encoding"), params["charset"], m.Body)
		return r
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return r
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, raw)
		}
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		r.order = append(r.order, kind)
		text := decode(t, p.Header.Get("Content-Transfer-Encoding"), params["charset"], p)
		if p.FileName() == "" {
			r.text = text
		} else {
			r.parts[p.FileName()] = text
		}
	}
}

func decode(t testing.TB, encoding, charset string, body io.Reader) string {
	t.Helper()
	switch encoding {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if strings.EqualFold(charset, "iso-2022-jp") {
		body = japanese.ISO2022JP.NewDecoder().Reader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// posted is what AbuseIPDB got.
type posted struct {
	Key    string
	Values url.Values
}

// abuseIPDB starts a server that answers the posts with these status numbers, and
// then with 200.
func abuseIPDB(t *testing.T, statuses ...int) (*AbuseIPDB, <-chan posted) {
	t.Helper()
	posts := make(chan posted, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s %v, error %v", r.Method, r.Header, err)
		}
		posts <- posted{r.Header.Get("Key"), r.PostForm}
		if len(statuses) > 0 {
			w.WriteHeader(statuses[0])
			statuses = statuses[1:]
		}
	}))
	t.Cleanup(s.Close)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("k3y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &AbuseIPDB{KeyFile: key, URL: s.URL}, posts
}

// recipients are the mailboxes that a session named.
func recipients(s mailtest.Session) (to []string) {
	for _, c := range s.Commands {
		if rest, ok := strings.CutPrefix(c, "RCPT TO:"); ok {
			to = append(to, rest)
		}
	}
	return to
}

func TestNothingLeavesBeforeItIsSent(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	cfg := config()
	cfg.Mail.Server = address
	var posts <-chan posted
	cfg.AbuseIPDB, posts = abuseIPDB(t)
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	b.look(t.Context(), noon.Add(time.Minute)) // it is still being collected
	if b.List()[0].State != Open {
		t.Fatal("reviewed at once")
	}
	b.see(noon.Add(5*time.Second), "sshd[1]: Failed password for root from 203.0.113.9 port 7 ssh2", false) // on its way at the ban
	b.look(t.Context(), noon.Add(2*time.Hour))
	b.look(t.Context(), noon.Add(3*time.Hour))
	draft := <-sessions
	if diff := cmp.Diff([]string{"<admin@example.org>"}, recipients(draft)); diff != "" {
		t.Errorf("the draft goes to: -want +got:\n%s", diff)
	}
	m := read(t, draft.Data)
	for _, want := range []string{"syslog-blacklist report send 20240501-1", "desk, to abuse@example.net", "abuseipdb, to ", `"type": "login_attack"`, "Attempts:   6"} {
		if !strings.Contains(m.text, want) {
			t.Errorf("no %q in the draft:\n%s", want, m.text)
		}
	}
	if len(sessions) > 0 || len(posts) > 0 {
		t.Error("something left before it was sent")
	}

	ways, err := b.Send(t.Context(), "20240501-1", noon.Add(4*time.Hour))
	if diff := cmp.Diff([]Way{ByDesk, ByAbuseIPDB}, ways); diff != "" || err != nil {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
	sent := <-sessions
	if diff := cmp.Diff([]string{"<abuse@example.net>"}, recipients(sent)); diff != "" {
		t.Errorf("the report goes to: -want +got:\n%s", diff)
	}
	m = read(t, sent.Data)
	if diff := cmp.Diff([]string{"text/plain", "application/json", "text/plain"}, m.order); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if m.subject != "Abuse report: SSH login attack from 203.0.113.9" {
		t.Errorf("subject %q", m.subject)
	}
	checkXARF(t, []byte(m.parts["xarf.json"]))
	p := <-posts
	want := posted{"k3y", url.Values{"ip": {"203.0.113.9"}, "categories": {"18,22"}, "timestamp": {"2024-05-01T12:00:05+09:00"}, "comment": p.Values["comment"]}}
	if diff := cmp.Diff(want, p); diff != "" || len(p.Values.Get("comment")) > 1024 || !strings.HasPrefix(p.Values.Get("comment"), "SSH login attack, attempts: 6, ") {
		t.Errorf("-want +got:\n%s\n%q", diff, p.Values.Get("comment"))
	}
	if _, err := b.Send(t.Context(), "20240501-1", noon); !errors.Is(err, ErrSent) {
		t.Errorf("a second time: %v", err)
	}
	b.attack(noon.Add(5*time.Hour), "203.0.113.10") // the same network and day: counted, not told again
	b.look(t.Context(), noon.Add(8*time.Hour))
	if len(sessions) > 0 || len(posts) > 0 || len(b.List()) != 1 {
		t.Error("a network was reported twice on a day")
	}
	if s := b.Stats(); s.Drafted != 1 || s.Sent != 2 || s.Open != 0 {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsShownIsWhatIsSent(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	cfg := config()
	cfg.Mail.Server = address
	cfg.Form = &Form{To: []string{"desk@example.org"}, Charset: "iso-2022-jp"}
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	now := noon.Add(time.Hour)
	shown, err := b.Render(b.List()[0], now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Send(t.Context(), "20240501-1", now); err != nil {
		t.Fatal(err)
	}
	for _, x := range shown {
		s := <-sessions
		if diff := cmp.Diff(string(x.Raw), s.Data); diff != "" {
			t.Errorf("%s: -shown +sent:\n%s", x.Way, diff)
		}
		m := read(t, s.Data)
		if strings.TrimSpace(x.Text) != strings.TrimSpace(m.text) {
			t.Errorf("%s: shown\n%s\nread\n%s", x.Way, x.Text, m.text)
		}
		if x.Way == ByForm && (!strings.Contains(m.text, "インシデント") || !strings.Contains(m.text, "2024-05-01 12:00:04 +09:00") || !strings.HasPrefix(m.subject, "インシデント報告")) {
			t.Errorf("subject %q, form\n%s", m.subject, m.text)
		}
	}
}

func TestAutomaticallyOneselfIsToldFirst(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	cfg := config()
	cfg.Mail.Server, cfg.Automatically = address, true
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	b.attack(noon, "198.51.100.7") // whose desk nobody knows
	b.look(t.Context(), noon.Add(2*time.Hour))
	var to []string
	for range 2 {
		to = append(to, recipients(<-sessions)...)
	}
	if diff := cmp.Diff([]string{"<admin@example.org>", "<abuse@example.net>"}, to); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, i := range b.List() {
		if want := map[string]State{"203.0.113.0/24": Sent, "198.51.100.7/32": GivenUp}[i.Network.String()]; i.State != want {
			t.Errorf("%s: %s, want %s", i.Network, i.State, want)
		}
	}
}

func TestAMailForReviewHasAllThatIsCompleteAndOneAnHour(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	cfg := config()
	cfg.Mail.Server = address
	b := newBench(t, cfg)
	for n := range 60 {
		b.attack(noon, fmt.Sprintf("198.51.100.%d", n))
	}
	at := noon.Add(time.Hour + time.Minute)
	b.look(t.Context(), at)
	m := read(t, (<-sessions).Data)
	if m.subject != "60 reports for review" || strings.Count(m.text, "report send 20240501-") != 60 || !strings.Contains(m.text, " more: syslog-blacklist report show ID\n") ||
		len(m.text) > maxReview+64<<10 {
		t.Errorf("subject %q, %d bytes", m.subject, len(m.text))
	}
	b.attack(noon, "203.0.113.9")
	b.look(t.Context(), at.Add(time.Minute))
	if len(sessions) > 0 {
		t.Error("two mails in an hour")
	}
	b.look(t.Context(), at.Add(time.Hour))
	if m := read(t, (<-sessions).Data); m.subject != "Report 20240501-61 for review: SSH login attack from 203.0.113.9" {
		t.Errorf("subject %q", m.subject)
	}
}

func TestADeskThatTheAdministratorNamesComesBeforeTheRegistrys(t *testing.T) {
	cfg := config()
	for net, to := range map[string]string{"0.0.0.0/0": "all@example.org", "203.0.113.0/24": "noc@example.org", "203.0.113.0/28": "part@example.org"} {
		cfg.Desks = append(cfg.Desks, Desk{netip.MustParsePrefix(net), []string{to}})
	}
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	if got := b.Desks(b.List()[0]); !slices.Equal(got, []string{"noc@example.org"}) {
		t.Error(got)
	}
	b.cfg.Desks = nil
	b.store.update("20240501-1", func(i *Incident) { i.Desk = []string{"a@example.net\r\nBcc: b@example.net", "x", "abuse@example.net"} })
	if got := b.Desks(b.List()[0]); !slices.Equal(got, []string{"abuse@example.net"}) {
		t.Error(got)
	}
}

func TestAFailureIsTriedAgainUntilItIsHopeless(t *testing.T) {
	cfg := config() // with a server that is not there
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	tries := 0
	for at := noon.Add(time.Hour); at.Before(noon.Add(48 * time.Hour)); at = at.Add(time.Minute) {
		before := b.Stats().Failed
		b.look(t.Context(), at)
		tries += int(b.Stats().Failed - before)
	}
	if i := b.List()[0]; tries != maxTries || i.State != GivenUp || i.Fault == "" || b.Stats().Dropped != 1 {
		t.Errorf("%d tries, state %s, %+v", tries, i.State, b.Stats())
	}

	address, sessions := mailtest.Server{Answer: map[string]string{"RCPT": "550 no such user"}}.Start(t)
	b.cfg.Mail.Server = address
	b.attack(noon, "198.51.100.7")
	b.look(t.Context(), noon.Add(2*time.Hour))
	<-sessions
	if i := b.List()[0]; i.State != GivenUp || i.Tries != 1 {
		t.Errorf("refused for good: state %s after %d tries", i.State, i.Tries)
	}
}

func TestASecondAttemptDoesNotRepeatWhatAbuseIPDBHas(t *testing.T) {
	cfg := config()
	cfg.Mail = nil
	var posts <-chan posted
	cfg.AbuseIPDB, posts = abuseIPDB(t, 200, 429)
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	b.attack(noon, "203.0.113.10")
	_, err := b.Send(t.Context(), "20240501-1", noon)
	if err == nil || !strings.Contains(err.Error(), "AbuseIPDB answered 429") || isHopeless(err) {
		t.Errorf("error %v", err)
	}
	if ways, err := b.Send(t.Context(), "20240501-1", noon); err != nil || len(ways) != 1 {
		t.Errorf("%v, error %v", ways, err)
	}
	var got []string
	for range 3 {
		got = append(got, (<-posts).Values.Get("ip"))
	}
	if diff := cmp.Diff([]string{"203.0.113.9", "203.0.113.10", "203.0.113.10"}, got); diff != "" || len(posts) > 0 {
		t.Errorf("-want +got:\n%s", diff)
	}
	b.cfg.AbuseIPDB, _ = abuseIPDB(t, 422)
	b.attack(noon, "198.51.100.7")
	if _, err = b.Send(t.Context(), "20240501-2", noon); !isHopeless(err) {
		t.Errorf("error %v, which is for good", err)
	}
}

func TestAFormIsTheUsersTemplate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "form.txt")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("{{.ID}} {{time .First}} {{.Organisation}} {{.System}} {{len .Lines}}\n")
	cfg := config()
	cfg.System = "a web server"
	cfg.Form = &Form{To: []string{"desk@example.org"}, Charset: "utf-8", Template: path}
	b := newBench(t, cfg)
	b.attack(noon, "203.0.113.9")
	shown, err := b.Render(b.List()[0], noon)
	if err != nil {
		t.Fatal(err)
	}
	x := shown[1]
	if x.Text != "20240501-1 2024-05-01 12:00:00 +09:00 Example a web server 5\n" || x.Subject != "Incident report: SSH login attack from 203.0.113.9" {
		t.Errorf("%q, %q", x.Subject, x.Text)
	}
	for _, bad := range []string{"{{.Nothing}}", "{{", strings.Repeat("x", maxTemplate+1)} {
		write(bad)
		if _, err := New(cfg, t.TempDir(), nil, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%.20q has no fault", bad)
		}
	}
}

func TestAFileThatCannotBeReadIsLeftOut(t *testing.T) {
	b := newBench(t, config())
	b.attack(noon, "203.0.113.9")
	for name, text := range map[string]string{"20240501-2.json": "{", "20240501-3.json": `{"id": "20240501-1"}`, "x.json": "{}", "20240501-4.json": `{"id": "20240501-4"}`, "20240501-5.json": "null", "20240501-1.json.new": "{"} {
		if err := os.WriteFile(filepath.Join(b.state, "reports", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := newBenchIn(t, config(), b.state).List()
	if len(got) != 1 || got[0].ID != "20240501-1" {
		t.Errorf("%+v", got)
	}
}

// mails returns what is rendered as mails.
func mails(t testing.TB, all []Rendered) (out []received) {
	for _, x := range all {
		if x.message != nil {
			out = append(out, read(t, string(bytes.ReplaceAll(x.Raw, []byte("\r\n"), []byte("\n")))))
		}
	}
	return out
}
