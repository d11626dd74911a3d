package receiver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority makes an authority whose certificate is in the file NAME.pem of a directory of its own.
func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = a.newKey()
	a.cert = a.sign(template, template, a.key)
	a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue makes a certificate for DNS names in NAME.pem with its key in NAME.key.
func (a *authority) issue(name string, dns ...string) tls.Certificate {
	key := a.newKey()
	cert := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: dns,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", cert.Raw)
	a.write(name+".key", "PRIVATE KEY", der)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// server returns options with a certificate for log.example.org.
func (a *authority) server() TLS {
	a.issue("server", "log.example.org")
	return TLS{Cert: a.path("server.pem"), Key: a.path("server.key")}
}

// dial connects to l with a client's certificates. The handshake is done, but a server that refuses the client says so later.
func (a *authority) dial(l *Listener, version uint16, certs ...tls.Certificate) (*tls.Conn, error) {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{
		RootCAs: pool, ServerName: "log.example.org", Certificates: certs, MaxVersion: version, MinVersion: tls.VersionTLS10,
	})
	if err == nil {
		a.t.Cleanup(func() { c.Close() })
	}
	return c, err
}

func TestTLSDeliversInBothFramings(t *testing.T) {
	a := newAuthority(t)
	h, c := collect()
	l := start(t, "tls://127.0.0.1:0", Options{TLS: a.server()}, h)
	for _, stream := range []string{"6 app: 16 app: 2", "app: 1\napp: 2\n"} {
		conn, err := a.dial(l, 0)
		if err != nil {
			t.Fatal(err)
		}
		send(t, conn, stream)
		expect(t, c, "app: 1", "app: 2")
	}
}

func TestTLSRefusesVersionsBelow12(t *testing.T) {
	a := newAuthority(t)
	l := start(t, "tls://127.0.0.1:0", Options{TLS: a.server()}, func(*Batch) {})
	if _, err := a.dial(l, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	if _, err := a.dial(l, tls.VersionTLS12); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
	eventually(t, "the failed handshake is counted", func() bool { return l.Stats().DroppedUntrusted == 1 })
}

func TestTLSAcceptsPermittedPeersOnly(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	mail := a.issue("mail", "mail.example.org")
	foreign := stranger.issue("mail", "mail.example.org")
	print := sha256.Sum256(mail.Leaf.Raw)
	hex := fmt.Sprintf("SHA256:%x", print)
	colons := "SHA256:" + strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf("% X", print)), " ", ":")
	none := []tls.Certificate(nil)
	for _, test := range []struct {
		name      string
		ca        bool
		permitted []string
		certs     []tls.Certificate
		ok        bool
	}{
		{"anybody, without an authority", false, nil, none, true},
		{"a certificate of the authority", true, nil, []tls.Certificate{mail}, true},
		{"no certificate", true, nil, none, false},
		{"a certificate of another authority", true, nil, []tls.Certificate{foreign}, false},
		{"a permitted name", true, []string{"other.example.org", "Mail.Example.org"}, []tls.Certificate{mail}, true},
		{"a name that is not permitted", true, []string{"other.example.org"}, []tls.Certificate{mail}, false},
		{"a permitted name from another authority", true, []string{"mail.example.org"}, []tls.Certificate{foreign}, false},
		{"a name below a permitted domain", true, []string{"*.example.org"}, []tls.Certificate{mail}, true},
		{"a name two labels below", true, []string{"*.org"}, []tls.Certificate{mail}, false},
		{"a permitted fingerprint", true, []string{hex}, []tls.Certificate{mail}, true},
		{"a permitted fingerprint with colons", false, []string{colons}, []tls.Certificate{mail}, true},
		{"another fingerprint", false, []string{colons}, []tls.Certificate{foreign}, false},
		{"no certificate where a fingerprint is asked for", false, []string{colons}, none, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Options{TLS: a.server()}
			o.TLS.PermittedPeers = test.permitted
			if test.ca {
				o.TLS.ClientCA = a.path("ca.pem")
			}
			h, c := collect()
			l := start(t, "tls://127.0.0.1:0", o, h)
			conn, err := a.dial(l, tls.VersionTLS13, test.certs...)
			if err != nil {
				t.Fatal(err)
			}
			conn.Write([]byte("app: 1\n"))
			if test.ok {
				expect(t, c, "app: 1")
				return
			}
			expectClosed(t, conn)
			eventually(t, "it is counted", func() bool { return l.Stats() == Stats{DroppedUntrusted: 1} })
			if len(l.Peers()) > 0 {
				t.Errorf("who is not permitted is a connected sender: %v", l.Peers())
			}
		})
	}
}

// Only an address that proved who it is is a connected sender, and such are spared.
func TestTLSUnfinishedHandshakeIsNoSenderAndStallsNobody(t *testing.T) {
	a := newAuthority(t)
	h, c := collect()
	l := start(t, "tls://127.0.0.1:0", Options{TLS: a.server()}, h)
	for range 3 {
		dial(t, l)
	}
	eventually(t, "the silent ones are accepted", func() bool {
		l.places.mu.Lock()
		defer l.places.mu.Unlock()
		return l.places.total == 3
	})
	if p := l.Peers(); len(p) > 0 {
		t.Errorf("peers %v", p)
	}
	conn, err := a.dial(l, 0)
	if err != nil {
		t.Fatal(err)
	}
	send(t, conn, "app: 1\n")
	expect(t, c, "app: 1")
	if p := l.Peers(); len(p) != 1 {
		t.Errorf("peers %v", p)
	}
}

func TestTLSUntrustedAddressIsClosedBeforeTheHandshake(t *testing.T) {
	a := newAuthority(t)
	trust := NewTrust(Sender{Prefix: netip.MustParsePrefix("192.0.2.0/24")})
	l := start(t, "tls://127.0.0.1:0", Options{TLS: a.server(), Trust: trust}, func(*Batch) {})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	expectClosed(t, conn)
}

func TestTLSFaultsAreToldAtOpen(t *testing.T) {
	a := newAuthority(t)
	good := a.server()
	a.issue("other", "other.example.org")
	empty := a.path("empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		edit func(*TLS)
		want string
	}{
		{"no certificate", func(o *TLS) { *o = TLS{} },
			"listen on tls://127.0.0.1:0: no certificate: set cert and key under tls"},
		{"the key of another certificate", func(o *TLS) { o.Key = a.path("other.key") },
			"listen on tls://127.0.0.1:0: load certificate DIR/server.pem with key DIR/other.key: tls: private key does not match public key;" +
				" cert and key must be PEM files that belong together"},
		{"a missing key", func(o *TLS) { o.Key = a.path("none.key") },
			"listen on tls://127.0.0.1:0: load certificate DIR/server.pem with key DIR/none.key: open DIR/none.key: no such file or directory;" +
				" cert and key must be PEM files that belong together"},
		{"a missing authority", func(o *TLS) { o.ClientCA = a.path("none.pem") },
			"listen on tls://127.0.0.1:0: open DIR/none.pem: no such file or directory; client_ca under tls must be a PEM file"},
		{"an empty authority", func(o *TLS) { o.ClientCA = empty },
			"listen on tls://127.0.0.1:0: read client_ca DIR/empty.pem: no certificate in it; it must be a PEM file"},
		{"a name without authority", func(o *TLS) { o.PermittedPeers = []string{"mail.example.org"} },
			"listen on tls://127.0.0.1:0: permitted peer mail.example.org: a name in a certificate proves nothing without client_ca under tls;" +
				" set it, or write SHA256: and the certificate's fingerprint"},
		{"a short fingerprint", func(o *TLS) { o.PermittedPeers = []string{"SHA256:00:11"} },
			"listen on tls://127.0.0.1:0: permitted peer SHA256:00:11: no fingerprint: write SHA256: and 64 hexadecimal digits"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := good
			test.edit(&o)
			_, err := Open([]string{"tls://127.0.0.1:0"}, Options{TLS: o})
			if err == nil {
				t.Fatal("opened")
			}
			if got := strings.ReplaceAll(err.Error(), a.dir, "DIR"); got != test.want {
				t.Errorf("error\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
