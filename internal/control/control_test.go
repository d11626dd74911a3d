package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/control"
)

// fake answers with what it was told, and keeps what it was asked.
type fake struct {
	elements []control.Element
	breaks   error // ends List behind the elements

	mu     sync.Mutex
	filter control.Filter
	orders []control.Order
}

func (f *fake) Status(context.Context) (control.Status, error) {
	return control.Status{Version: "1.2", PID: 7}, nil
}

func (f *fake) List(_ context.Context, filter control.Filter, each func(control.Element) error) error {
	f.mu.Lock()
	f.filter = filter
	f.mu.Unlock()
	for _, e := range f.elements {
		if err := each(e); err != nil {
			return err
		}
	}
	return f.breaks
}

func (f *fake) Why(_ context.Context, addr netip.Addr) (control.Why, error) {
	return control.Why{Address: addr.String()}, nil
}

func (f *fake) Reports(context.Context) ([]control.Report, error) {
	return []control.Report{{ID: "20240501-1"}, {ID: "20240501-2"}}, nil
}

func (f *fake) Report(_ context.Context, id string) (control.Report, error) {
	return control.Report{ID: id, Rendered: []control.Rendered{{Way: "desk", Raw: []byte("a\r\n")}}}, nil
}

func (f *fake) Do(_ context.Context, o control.Order) (control.Answer, error) {
	f.mu.Lock()
	f.orders = append(f.orders, o)
	f.mu.Unlock()
	switch o.Reason {
	case "refuse":
		return control.Answer{}, control.Refuse(http.StatusConflict, "do without", "%s: no", o.Verb)
	case "fail":
		return control.Answer{}, errors.New("the disk is on fire")
	}
	return control.Answer{Count: 1, Notes: []string{"done"}}, nil
}

// directory returns one that every user may enter.
func directory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serve serves b until the end of the test and returns the socket's path.
func serve(t *testing.T, b control.Backend, group string) string {
	t.Helper()
	path := filepath.Join(directory(t), "control.sock")
	s, err := control.Listen(path, group)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, b) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the socket was left behind: %v", err)
		}
	})
	return path
}

func TestWhatTheBackendAnswersReachesTheClient(t *testing.T) {
	since := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	seconds := int64(60)
	f := &fake{elements: []control.Element{
		{Set: "blacklist", Address: "203.0.113.9", Entry: "ssh", Origin: "rule", Since: &since, Remaining: control.Duration{Seconds: &seconds, Text: "1m"}, Line: "a\x1b[2Jb"},
		{Set: "blacklist6", Address: "2001:db8::/64", Origin: "kernel", Remaining: control.Duration{Text: "forever"}},
	}}
	c := control.NewClient(serve(t, f, ""))
	status, err := c.Status(t.Context())
	if err != nil || status.Version != "1.2" || status.PID != 7 {
		t.Errorf("Status = %+v, %v", status, err)
	}
	why, err := c.Why(t.Context(), netip.MustParseAddr("2001:db8::1"))
	if err != nil || why.Address != "2001:db8::1" {
		t.Errorf("Why = %+v, %v", why, err)
	}
	reports, err := c.Reports(t.Context())
	if err != nil || len(reports) != 2 || reports[1].ID != "20240501-2" {
		t.Errorf("Reports = %+v, %v", reports, err)
	}
	report, err := c.Report(t.Context(), "a b&c")
	if err != nil || report.ID != "a b&c" || string(report.Rendered[0].Raw) != "a\r\n" {
		t.Errorf("Report = %+v, %v", report, err)
	}
	var got []control.Element
	want := control.Filter{Role: "burst", Entry: "a b&c", Prefix: netip.MustParsePrefix("2001:db8::/32"), Age: time.Hour}
	if err := c.List(t.Context(), want, func(e control.Element) { got = append(got, e) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.elements, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if f.filter != want {
		t.Errorf("filter %+v, want %+v", f.filter, want)
	}
}

func TestAnOrderArrivesWholeAndIsSigned(t *testing.T) {
	f := &fake{}
	c := control.NewClient(serve(t, f, ""))
	want := control.Order{Verb: control.Unban, Prefix: netip.MustParsePrefix("192.0.2.0/24"), All: true, For: "1h", Reason: "x", Forget: true}
	answer, err := c.Do(t.Context(), want)
	if err != nil || answer.Count != 1 {
		t.Fatalf("Do = %+v, %v", answer, err)
	}
	if want.By = f.orders[0].By; want.By == "" {
		t.Error("the order does not tell who gave it")
	}
	if f.orders[0] != want {
		t.Errorf("order %+v, want %+v", f.orders[0], want)
	}
}

func TestARefusalKeepsItsHintAndAFailureItsCause(t *testing.T) {
	c := control.NewClient(serve(t, &fake{}, ""))
	_, err := c.Do(t.Context(), control.Order{Verb: control.Ban, Reason: "refuse"})
	refusal := new(control.Error)
	if !errors.As(err, &refusal) || refusal.Status != http.StatusConflict || refusal.Hint != "do without" || err.Error() != "ban: no" {
		t.Errorf("refusal %#v", err)
	}
	_, err = c.Do(t.Context(), control.Order{Verb: control.Ban, Reason: "fail"})
	if !errors.As(err, &refusal) || refusal.Status != http.StatusInternalServerError || err.Error() != "the disk is on fire" {
		t.Errorf("failure %#v", err)
	}
}

func TestAListThatBreaksOffIsNoShorterList(t *testing.T) {
	c := control.NewClient(serve(t, &fake{elements: make([]control.Element, 1000), breaks: errors.New("no more")}, ""))
	if err := c.List(t.Context(), control.Filter{}, func(control.Element) {}); err == nil {
		t.Error("the client took half a list for a whole one")
	}
}

func TestBadRequestsAreRefusedAndChangeNothing(t *testing.T) {
	f := &fake{}
	path := serve(t, f, "")
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
	}{
		{"an unknown field", "POST", "/v1/ban", `{"prefix":"192.0.2.0/24","cmd":"id"}`, 400},
		{"no JSON", "POST", "/v1/ban", `ban him`, 400},
		{"no prefix", "POST", "/v1/ban", `{"prefix":"192.0.2.0"}`, 400},
		{"a name that the client chooses", "POST", "/v1/ban", `{"By":"root"}`, 400},
		{"a body without end", "POST", "/v1/ban", `{"reason":"` + strings.Repeat("a", 1<<20), 400},
		{"a change by GET", "GET", "/v1/ban", ``, 405},
		{"an unknown verb", "POST", "/v1/run", `{}`, 404},
		{"no address", "GET", "/v1/why?address=all", ``, 400},
		{"an unknown set", "GET", "/v1/elements?set=%2Fetc", ``, 400},
		{"a bad prefix", "GET", "/v1/elements?prefix=1.2.3", ``, 400},
		{"a bad age", "GET", "/v1/elements?age=-1", ``, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://daemon"+tt.url, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != tt.status {
				t.Errorf("status %d, want %d: %s", answer.StatusCode, tt.status, body)
			}
			if e := new(control.Error); tt.status == 400 && (json.Unmarshal(body, e) != nil || e.Message == "") {
				t.Errorf("the answer tells no error: %s", body)
			}
		})
	}
	if len(f.orders) > 0 {
		t.Errorf("orders were carried out: %v", f.orders)
	}
}

func TestMoreClientsThanThereIsRoomForWaitTheirTurn(t *testing.T) {
	path := serve(t, &fake{}, "")
	var idle []net.Conn
	for range 40 { // they never ask anything; the kernel queues those that are not accepted
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	asked := make(chan error, 1)
	go func() {
		_, err := control.NewClient(path).Status(context.Background())
		asked <- err
	}()
	for _, c := range idle {
		c.Close()
	}
	if err := <-asked; err != nil {
		t.Errorf("Status: %v", err)
	}
}

func TestADaemonThatIsAwayIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.sock")
	_, err := control.NewClient(path).Status(t.Context())
	away := new(control.ConnectError)
	if !errors.As(err, &away) || !away.Away() || err.Error() != "connect to the daemon at "+path+": no such file or directory" {
		t.Errorf("no socket: %v", err)
	}
	leftBehind(t, path)
	_, err = control.NewClient(path).Status(t.Context())
	if !errors.As(err, &away) || !away.Away() || !strings.HasSuffix(err.Error(), "connection refused") {
		t.Errorf("a socket left behind: %v", err)
	}
}

// leftBehind makes a socket as a daemon leaves it that is killed.
func leftBehind(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func TestListenTakesOnlyAPlaceThatIsFree(t *testing.T) {
	dir := t.TempDir()
	stale, busy, file := filepath.Join(dir, "stale"), filepath.Join(dir, "busy"), filepath.Join(dir, "file")
	leftBehind(t, stale)
	first, err := control.Listen(busy, "")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path, group, fault string }{
		{"nothing there", filepath.Join(dir, "new"), "", ""},
		{"no directory, but its parent", filepath.Join(dir, "made", "new"), "", ""},
		{"a socket left behind", stale, "", ""},
		{"a daemon", busy, "", "another daemon serves it"},
		{"a file", file, "", "something that is no socket stands there"},
		{"no directory at all", filepath.Join(dir, "a", "b", "new"), "", "no such file or directory"},
		{"an unknown group", filepath.Join(dir, "x"), "no-such-group", "unknown group no-such-group"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := control.Listen(tt.path, tt.group)
			if err == nil {
				defer s.Close()
				if info, err := os.Stat(tt.path); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
				}
			}
			if got := fmt.Sprint(err); (tt.fault == "") != (err == nil) || !strings.Contains(got, tt.fault) {
				t.Errorf("Listen = %v, want %q", err, tt.fault)
			}
		})
	}
	if text, err := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}
