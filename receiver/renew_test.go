package receiver

import (
	"crypto/tls"
	"os"
	"strings"
	"testing"
	"time"
)

// startRenewing is start for a TLS listener that looks at its files often.
func startRenewing(t *testing.T, o TLS, h Handler) *Listener {
	t.Helper()
	ls, err := Open([]string{"tls://127.0.0.1:0"}, Options{TLS: o})
	if err != nil {
		t.Fatal(err)
	}
	ls[0].identity.interval = 5 * time.Millisecond
	run(t, ls[0], h)
	return ls[0]
}

// shown returns the certificate that a new connection is shown.
func (a *authority) shown(l *Listener) []byte {
	a.t.Helper()
	c, err := a.dial(l, 0)
	if err != nil {
		a.t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Raw
}

func TestARenewedCertificateIsShownToNewConnectionsAndEndsNone(t *testing.T) {
	a := newAuthority(t)
	h, c := collect()
	l := startRenewing(t, a.server(), h)
	before, err := a.dial(l, 0)
	if err != nil {
		t.Fatal(err)
	}
	renewed := a.issue("server", "log.example.org")
	eventually(t, "the new certificate is shown", func() bool { return string(a.shown(l)) == string(renewed.Certificate[0]) })
	send(t, before, "app: 1\n")
	expect(t, c, "app: 1")
}

func TestABrokenPairKeepsTheOldOneInForceUntilItIsMended(t *testing.T) {
	a := newAuthority(t)
	l := startRenewing(t, a.server(), func(*Batch) {})
	old := a.shown(l)
	if err := os.WriteFile(a.path("server.key"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the trouble is told", func() bool {
		return strings.Contains(l.Trouble(), "cert and key must be PEM files that belong together")
	})
	if string(a.shown(l)) != string(old) {
		t.Error("another certificate is shown")
	}
	if err := os.Remove(a.path("server.pem")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another trouble is told", func() bool { return strings.Contains(l.Trouble(), "no such file") })
	renewed := a.issue("server", "log.example.org")
	eventually(t, "the new certificate is shown", func() bool { return string(a.shown(l)) == string(renewed.Certificate[0]) })
	eventually(t, "the trouble is over", func() bool { return l.Trouble() == "" })
}

func TestANewAuthorityDecidesWhoMayConnect(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	o := a.server()
	o.ClientCA = a.path("clients.pem")
	a.write("clients.pem", "CERTIFICATE", other.cert.Raw)
	h, c := collect()
	l := startRenewing(t, o, h)
	client := a.issue("client", "client.example.org")
	if admitted(a, l, client) {
		t.Error("a client of another authority was let in")
	}
	a.write("clients.pem", "CERTIFICATE", a.cert.Raw)
	eventually(t, "a client of the new authority is let in", func() bool { return admitted(a, l, client) })
	expect(t, c, "app: 1")
}

// admitted sends a message, and reports whether it was not refused: TLS 1.2 says that in the handshake.
func admitted(a *authority, l *Listener, client tls.Certificate) bool {
	conn, err := a.dial(l, tls.VersionTLS12, client)
	if err != nil {
		return false
	}
	defer conn.Close()
	_, err = conn.Write([]byte("app: 1\n"))
	return err == nil
}
