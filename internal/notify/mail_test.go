package notify

import (
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// password writes a file that holds it.
func password(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("p ä%s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func to(server, security string) *Mail {
	return &Mail{Server: server, TLS: security, From: "Guard <guard@example.org>", To: []string{"a@example.org", "b@example.org"}}
}

func TestAMailGoesOutOverTLSWithAuthentication(t *testing.T) {
	for security, server := range map[string]*smtpServer{"starttls": {startTLS: true}, "tls": {tls: true}} {
		m := to(server.serve(t), security)
		m.User, m.PasswordFile = "guard", password(t)
		if err := m.check(); err != nil {
			t.Fatal(err)
		}
		if err := m.send(t.Context(), example()); err != nil {
			t.Fatalf("%s: %v; the server heard %q", security, err, server.commands)
		}
		if err := <-server.done; err != nil {
			t.Fatalf("%s: %v", security, err)
		}
		if server.auth != "\x00guard\x00p ä%s" || !server.secure {
			t.Errorf("%s: authenticated by %q, over TLS %v", security, server.auth, server.secure)
		}
	}
}

func TestAMailSaysWhatHappenedAndShowsTheLinesQuoted(t *testing.T) {
	var server smtpServer
	if err := to(server.serve(t), "off").send(t.Context(), example()); err != nil {
		t.Fatal(err)
	}
	if err := <-server.done; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"MAIL FROM:<guard@example.org>", "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"} {
		if !slices.ContainsFunc(server.commands, func(c string) bool { return strings.HasPrefix(c, want) }) {
			t.Errorf("no %s in %q", want, server.commands)
		}
	}
	got, err := mail.ReadMessage(strings.NewReader(server.data))
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Header.Get("Subject"); s != "syslog-blacklist on mx: 12 bans, 2 troubles" {
		t.Errorf("subject %q", s)
	}
	if s := got.Header.Get("Auto-Submitted"); s != "auto-generated" {
		t.Errorf("Auto-Submitted %q", s)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	text, quoted, _ := strings.Cut(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n\n")
	if diff := cmp.Diff(example().Text, text); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	line, _, _ := strings.Cut(quoted, "\n")
	want := `203.0.113.0, by 127.0.0.1: "sshd[7]: \"@everyone <!channel>\"\r\nBcc: victim@example.net\r\n\r\n.\r\n\x1b[2J\u202e{{.Host}}\xff"`
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNothingFromOutsideBecomesAHeaderOrACommand(t *testing.T) {
	var server smtpServer
	var g gathering
	g.ban(Ban{Address: hostile, Entry: hostile, For: hostile, Sender: hostile, Line: hostile})
	g.trouble(hostile)
	d := g.digest("mx\r\nBcc: victim@example.net\r\n\r\nbody", g.since)
	if err := to(server.serve(t), "off").send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := <-server.done; err != nil {
		t.Fatal(err)
	}
	got, err := mail.ReadMessage(strings.NewReader(server.data))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name := range got.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "syslog-blacklist on mx  Bcc: victim@example.net    body: 1 ban, 1 trouble" {
		t.Errorf("subject %q, error %v", subject, err)
	}
	for _, c := range server.commands {
		if strings.HasPrefix(c, "RCPT") && !strings.HasSuffix(c, "@example.org>") {
			t.Errorf("command %q", c)
		}
	}
}

func TestNoPasswordAndNoMailGoOutWhereTLSCannotBeHad(t *testing.T) {
	stranger, err := newCertificate()
	if err != nil {
		t.Fatal(err)
	}
	for name, server := range map[string]*smtpServer{
		"a server without STARTTLS":                {},
		"a server whose certificate nobody trusts": {startTLS: true, certificate: stranger},
	} {
		m := to(server.serve(t), "starttls")
		m.User, m.PasswordFile = "guard", password(t)
		if err := m.send(t.Context(), example()); err == nil {
			t.Errorf("%s: no error", name)
		}
		<-server.done
		if server.auth != "" || server.data != "" {
			t.Errorf("%s: it got %q and %q", name, server.auth, server.data)
		}
	}
}

func TestARefusalIsHopelessOnlyWhenItIsForGood(t *testing.T) {
	for answer, hopeless := range map[string]bool{"550 no such user": true, "451 try later": false} {
		server := smtpServer{answer: map[string]string{"RCPT": answer}}
		err := to(server.serve(t), "off").send(t.Context(), example())
		if err == nil || errors.As(err, new(permanent)) != hopeless {
			t.Errorf("%s: error %v, want hopeless %v", answer, err, hopeless)
		}
		<-server.done
	}
	if err := to("127.0.0.1:1", "off").send(t.Context(), example()); err == nil || errors.As(err, new(permanent)) {
		t.Errorf("no server: error %v", err)
	}
}
