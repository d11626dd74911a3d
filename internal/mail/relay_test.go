package mail_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/mail"
	"syslog-blacklist/internal/mailtest"
)

// certificate is what the servers of the tests show.
var certificate tls.Certificate

// TestMain makes the certificate one that the system trusts.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "mail")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := trustCertificate(filepath.Join(dir, "ca.pem")); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

func trustCertificate(path string) error {
	var err error
	if certificate, err = newCertificate(); err != nil {
		return err
	}
	os.Setenv("SSL_CERT_FILE", path)
	block := &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}
	return os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// password writes a file that holds it.
func password(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("p ä%s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func to(server, security string) *mail.Relay {
	return &mail.Relay{Server: server, TLS: security, From: "Guard <guard@example.org>", To: []string{"a@example.org", "b@example.org"}}
}

func example() *mail.Message {
	return &mail.Message{
		Subject: "Réport", Date: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), ID: "4711-a", Host: "example.org", Text: "first\n.\nthird\n",
		Parts: []mail.Part{{Name: "x.json", Type: "application/json", Body: []byte(`{"a":"ä"}`)}},
	}
}

func TestAMailGoesOutOverTLSWithAuthentication(t *testing.T) {
	for security, server := range map[string]mailtest.Server{"starttls": {StartTLS: true}, "tls": {TLS: true}} {
		server.Certificate = certificate
		address, sessions := server.Start(t)
		r := to(address, security)
		r.User, r.PasswordFile = "guard", password(t)
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		err := r.Send(t.Context(), example())
		s := <-sessions
		if err != nil || s.Err != nil {
			t.Fatalf("%s: %v, %v; the server heard %q", security, err, s.Err, s.Commands)
		}
		if s.Auth != "\x00guard\x00p ä%s" || !s.Secure {
			t.Errorf("%s: authenticated by %q, over TLS %v", security, s.Auth, s.Secure)
		}
	}
}

func TestTheServerGetsTheBytesThatAreShown(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	r, m := to(address, "off"), example()
	shown, err := r.Bytes(m)
	if err == nil {
		err = r.Send(t.Context(), m)
	}
	s := <-sessions
	if err != nil || s.Err != nil {
		t.Fatal(err, s.Err)
	}
	if diff := cmp.Diff(string(shown), s.Data); diff != "" {
		t.Errorf("-shown +sent:\n%s", diff)
	}
	if s.Commands[0] != "EHLO example.org" {
		t.Errorf("greeted with %q", s.Commands[0])
	}
	for _, want := range []string{"MAIL FROM:<guard@example.org>", "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"} {
		if !slices.ContainsFunc(s.Commands, func(c string) bool { return strings.HasPrefix(c, want) }) {
			t.Errorf("no %s in %q", want, s.Commands)
		}
	}
	got, err := netmail.ReadMessage(strings.NewReader(s.Data))
	if err != nil {
		t.Fatal(err)
	}
	if subject, _ := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject")); subject != m.Subject {
		t.Errorf("subject %q", subject)
	}
	if id := got.Header.Get("Message-Id"); id != "<4711-a@example.org>" {
		t.Errorf("Message-ID %q", id)
	}
}

func TestPartsComeBehindTheText(t *testing.T) {
	text, err := to("localhost:25", "off").Bytes(example())
	if err != nil {
		t.Fatal(err)
	}
	got, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("%s, %v", kind, err)
	}
	var names []string
	for r := multipart.NewReader(got.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.Header.Get("Content-Type"))
	}
	want := []string{"text/plain; charset=UTF-8", `application/json; name="x.json"`}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNothingCanEndAHeader(t *testing.T) {
	for _, change := range []func(*mail.Message){
		func(m *mail.Message) { m.Subject = "x\r\nBcc: victim@example.net" },
		func(m *mail.Message) { m.To = []string{"a@example.org\r\nBcc: victim@example.net"} },
		func(m *mail.Message) { m.To = []string{"a@example.org>\r\nRCPT TO:<victim@example.net"} },
		func(m *mail.Message) { m.ID = "1>\r\nBcc: victim@example.net" },
		func(m *mail.Message) { m.Host = "x\r\nRCPT TO:<victim@example.net>" },
		func(m *mail.Message) { m.Parts[0].Name = "x\"\r\n\r\nbody" },
		func(m *mail.Message) { m.Parts[0].Type = "text/plain\r\nX-Evil: 1" },
	} {
		m := example()
		change(m)
		if text, err := to("localhost:25", "off").Bytes(m); err == nil {
			t.Errorf("no error, but\n%s", text)
		}
	}
}

func TestNoPasswordAndNoMailGoOutWhereTLSCannotBeHad(t *testing.T) {
	stranger, err := newCertificate()
	if err != nil {
		t.Fatal(err)
	}
	for name, server := range map[string]mailtest.Server{
		"a server without STARTTLS":                {},
		"a server whose certificate nobody trusts": {StartTLS: true, Certificate: stranger},
	} {
		address, sessions := server.Start(t)
		r := to(address, "starttls")
		r.User, r.PasswordFile = "guard", password(t)
		if err := r.Send(t.Context(), example()); err == nil {
			t.Errorf("%s: no error", name)
		}
		if s := <-sessions; s.Auth != "" || s.Data != "" {
			t.Errorf("%s: it got %q and %q", name, s.Auth, s.Data)
		}
	}
}

func TestARefusalIsHopelessOnlyWhenItIsForGood(t *testing.T) {
	for answer, hopeless := range map[string]bool{"550 no such user": true, "451 try later": false} {
		address, sessions := mailtest.Server{Answer: map[string]string{"RCPT": answer}}.Start(t)
		err := to(address, "off").Send(t.Context(), example())
		if err == nil || errors.As(err, new(mail.Refused)) != hopeless {
			t.Errorf("%s: error %v, want hopeless %v", answer, err, hopeless)
		}
		<-sessions
	}
	if err := to("127.0.0.1:1", "off").Send(t.Context(), example()); err == nil || errors.As(err, new(mail.Refused)) {
		t.Errorf("no server: error %v", err)
	}
}
