package notify

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// receive starts an HTTP server that answers status and returns its URL and what
// was posted.
func receive(t *testing.T, status int) (url string, posts <-chan string) {
	t.Helper()
	bodies := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s, error %v", r.Method, r.Header, err)
		}
		bodies <- r.URL.Path + " " + string(body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, "said\x1b"+strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(s.Close)
	return s.URL, bodies
}

func TestAWebhookGetsTheDigestAsJSON(t *testing.T) {
	url, posts := receive(t, http.StatusOK)
	want := example()
	if err := newWebhook(&Target{URL: url + "/hook"}).send(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(<-posts, "/hook ")
	var got Digest
	if err := json.Unmarshal([]byte(body), &got); err != nil || !ok {
		t.Fatalf("%v in %s", err, body)
	}
	for i := range want.First {
		want.First[i].Line = strings.ToValidUTF8(want.First[i].Line, "\ufffd") // JSON knows nothing else
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestATemplateMakesTheBodyForAChat(t *testing.T) {
	url, posts := receive(t, http.StatusNoContent)
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(url+"/secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWebhook(&Target{URLFile: file,
		Template: `{"text": {{json .Title}}, "line": {{json (index .First 0).Line}}, "n": {{.Bans}}}`})
	if err := w.send(t.Context(), example()); err != nil {
		t.Fatal(err)
	}
	var got any
	body, ok := strings.CutPrefix(<-posts, "/secret ")
	if err := json.Unmarshal([]byte(body), &got); err != nil || !ok {
		t.Fatalf("%v in %s", err, body)
	}
	want := map[string]any{"text": "syslog-blacklist on mx: 12 bans, 2 troubles", "n": 12.0,
		"line": strings.ToValidUTF8(hostile, "\ufffd")}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAnAnswerTellsWhetherTryingAgainHelps(t *testing.T) {
	for status, hopeless := range map[int]bool{
		http.StatusFound: true, http.StatusUnauthorized: true, http.StatusNotFound: true,
		http.StatusTooManyRequests: false, http.StatusInternalServerError: false, http.StatusBadGateway: false,
	} {
		url, posts := receive(t, status)
		err := newWebhook(&Target{URL: url + "/hook"}).send(t.Context(), example())
		if err == nil {
			t.Errorf("%d: no error", status)
			continue
		}
		if got := errors.As(err, new(permanent)); got != hopeless {
			t.Errorf("%d: hopeless is %v, want %v", status, got, hopeless)
		}
		if !strings.Contains(err.Error(), `"said\x1bxx`) || len(err.Error()) > 2*maxAnswer {
			t.Errorf("%d: the answer is not quoted and cut: %q", status, err)
		}
		if <-posts; len(posts) > 0 {
			t.Errorf("%d: a redirect was followed", status)
		}
	}
}

func TestAWebhooksURLIsInNoError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("ftp://192.0.2.1/secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []Target{{URL: "http://127.0.0.1:1/secret"}, {URLFile: file}} {
		err := newWebhook(&target).send(t.Context(), example())
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
}
