package receiver

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
)

// TLS says how tls listeners prove who they are, and who may connect.
type TLS struct {
	// Cert and Key are PEM files: the certificate, with what leads to its authority, and its private key.
	Cert, Key string
	// ClientCA is a PEM file of authorities. When set, clients must have a certificate that one of them signed.
	ClientCA string
	// PermittedPeers, when not empty, lists whom to accept: DNS names of the certificate's subjectAltName, "*." at the left
	// standing for one label, or "SHA256:" and the fingerprint of the certificate in hexadecimal digits, with or without colons.
	// Names need ClientCA; a fingerprint vouches for itself.
	PermittedPeers []string
}

// fingerprintLabel begins a permitted peer that is a fingerprint.
const fingerprintLabel = "SHA256:"

// openTLS is openTCP for connections that speak TLS.
func (l *Listener) openTLS(at netip.AddrPort, file *os.File) (err error) {
	if l.identity, err = newIdentity(l.options.TLS); err != nil {
		return err
	}
	if err := l.openTCP(at, file); err != nil {
		return err
	}
	receive := l.run
	l.run = func(ctx context.Context, h Handler) error {
		ctx, cancel := context.WithCancel(ctx)
		var following sync.WaitGroup
		defer following.Wait()
		defer cancel()
		following.Go(func() { l.identity.follow(ctx, l.renewed) })
		return receive(ctx, h)
	}
	return nil
}

// renewed says what came of files that changed.
func (l *Listener) renewed(err error) {
	if err != nil {
		l.options.Logger.Error("the files of TLS changed and are not taken, what was loaded before stays in force: "+err.Error(), "listener", l.url)
		return
	}
	l.options.Logger.Info("the files of TLS changed: new connections get the new certificate", "listener", l.url)
}

// config reads the files.
func (t TLS) config() (*tls.Config, error) {
	if t.Cert == "" || t.Key == "" {
		return nil, errors.New("no certificate: set cert and key under tls")
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("load certificate %s with key %s: %w; cert and key must be PEM files that belong together",
			t.Cert, t.Key, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	names, prints, err := t.permitted()
	if err != nil {
		return nil, err
	}
	switch {
	case t.ClientCA != "":
		if c.ClientCAs, err = loadAuthorities(t.ClientCA); err != nil {
			return nil, err
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	case len(names) > 0:
		return nil, fmt.Errorf("permitted peer %s: a name in a certificate proves nothing without client_ca under tls;"+
			" set it, or write %s and the certificate's fingerprint", names[0], fingerprintLabel)
	case len(prints) > 0:
		c.ClientAuth = tls.RequireAnyClientCert
	}
	if len(t.PermittedPeers) > 0 {
		// VerifyConnection is asked for resumed sessions too, VerifyPeerCertificate is not.
		c.VerifyConnection = func(s tls.ConnectionState) error { return permit(s.PeerCertificates[0], names, prints) }
	}
	return c, nil
}

// loadAuthorities reads a PEM file of certificates.
func loadAuthorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w; client_ca under tls must be a PEM file", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read client_ca %s: no certificate in it; it must be a PEM file", file)
	}
	return pool, nil
}

// permitted sorts the permitted peers into names, in lower case, and fingerprints.
func (t TLS) permitted() (names []string, prints [][sha256.Size]byte, err error) {
	for _, p := range t.PermittedPeers {
		digits, ok := strings.CutPrefix(p, fingerprintLabel)
		if !ok {
			names = append(names, strings.ToLower(p))
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(digits, ":", ""))
		if err != nil || len(b) != sha256.Size {
			return nil, nil, fmt.Errorf("permitted peer %s: no fingerprint: write %s and %d hexadecimal digits", p, fingerprintLabel, 2*sha256.Size)
		}
		prints = append(prints, [sha256.Size]byte(b))
	}
	return names, prints, nil
}

// permit accepts a certificate that a name or fingerprint stands for.
func permit(cert *x509.Certificate, names []string, prints [][sha256.Size]byte) error {
	print := sha256.Sum256(cert.Raw)
	if slices.Contains(prints, print) {
		return nil
	}
	for _, san := range cert.DNSNames {
		if slices.ContainsFunc(names, func(name string) bool { return nameMatches(name, strings.ToLower(san)) }) {
			return nil
		}
	}
	return fmt.Errorf("no permitted peer: certificate for %q with fingerprint %s%X", cert.DNSNames, fingerprintLabel, print)
}

// nameMatches reports whether san is name, or has one label where name has "*".
func nameMatches(name, san string) bool {
	if parent, ok := strings.CutPrefix(name, "*."); ok {
		label, rest, _ := strings.Cut(san, ".")
		return label != "" && label != "*" && rest == parent
	}
	return name == san
}
