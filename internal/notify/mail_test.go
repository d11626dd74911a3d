package notify

import (
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/mail"
	"syslog-blacklist/internal/mailtest"
)

func to(server string) mailer {
	return mailer{&mail.Relay{Server: server, TLS: "off", From: "Guard <guard@example.org>", To: []string{"a@example.org", "b@example.org"}}}
}

func TestAMailSaysWhatHappenedAndShowsTheLinesQuoted(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	if err := to(address).send(t.Context(), example()); err != nil {
		t.Fatal(err)
	}
	session := <-sessions
	if session.Err != nil {
		t.Fatal(session.Err)
	}
	for _, want := range []string{"MAIL FROM:<guard@example.org>", "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"} {
		if !slices.ContainsFunc(session.Commands, func(c string) bool { return strings.HasPrefix(c, want) }) {
			t.Errorf("no %s in %q", want, session.Commands)
		}
	}
	got, err := netmail.ReadMessage(strings.NewReader(session.Data))
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
	address, sessions := mailtest.Server{}.Start(t)
	var g gathering
	g.ban(Ban{Address: hostile, Entry: hostile, For: hostile, Sender: hostile, Line: hostile})
	g.trouble(hostile)
	d := g.digest("mx\r\nBcc: victim@example.net\r\n\r\nbody", g.since)
	if err := to(address).send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	session := <-sessions
	if session.Err != nil {
		t.Fatal(session.Err)
	}
	got, err := netmail.ReadMessage(strings.NewReader(session.Data))
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
	for _, c := range session.Commands {
		if strings.HasPrefix(c, "RCPT") && !strings.HasSuffix(c, "@example.org>") {
			t.Errorf("command %q", c)
		}
	}
}

func TestARefusalForGoodIsNotTriedAgain(t *testing.T) {
	for answer, hopeless := range map[string]bool{"550 no such user": true, "451 try later": false} {
		address, sessions := mailtest.Server{Answer: map[string]string{"RCPT": answer}}.Start(t)
		err := to(address).send(t.Context(), example())
		if err == nil || errors.As(err, new(permanent)) != hopeless {
			t.Errorf("%s: error %v, want hopeless %v", answer, err, hopeless)
		}
		<-sessions
	}
}
