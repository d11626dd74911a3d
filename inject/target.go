package inject

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// target is where messages go: a parsed URL.
type target struct {
	network string // udp, tcp or unixgram
	address string
	tls     *tls.Config // nil without TLS

	ca, cert, key string // files of TLS, or ""
}

// parseTarget reads a URL. It leaves the files that the URL names alone.
func parseTarget(s string) (target, error) {
	u, err := url.Parse(s)
	if err != nil {
		return target{}, fmt.Errorf("parse url: %w", err)
	}
	t, err := targetOf(u)
	if err != nil {
		return target{}, fmt.Errorf("url %q: %w", s, err)
	}
	return t, nil
}

func targetOf(u *url.URL) (target, error) {
	for key := range u.Query() {
		if u.Scheme != "tls" || key != "ca" && key != "cert" && key != "key" {
			return target{}, fmt.Errorf("unknown parameter %q; tls takes ca, cert and key, the others take none", key)
		}
	}
	switch u.Scheme {
	case "udp", "tcp", "tls":
		if u.Hostname() == "" || u.Port() == "" || u.Path != "" {
			return target{}, fmt.Errorf("want %s://HOST:PORT", u.Scheme)
		}
	case "unix", "unixgram":
		if u.Host != "" || u.Path == "" {
			return target{}, fmt.Errorf("want %s:///PATH of a datagram socket", u.Scheme)
		}
		return target{network: "unixgram", address: u.Path}, nil
	default:
		return target{}, errors.New("unknown scheme; want udp, tcp, tls or unix")
	}
	t := target{network: "tcp", address: u.Host, ca: u.Query().Get("ca"), cert: u.Query().Get("cert"), key: u.Query().Get("key")}
	switch {
	case u.Scheme != "tls":
		t.network = u.Scheme
	case (t.cert == "") != (t.key == ""):
		return target{}, errors.New("cert and key go together")
	default:
		t.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return t, nil
}

// readFiles makes TLS verify the server against the authorities of the file ca
// instead of the system's, and show the certificate of the files cert and key.
func (t *target) readFiles() error {
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return err
		}
		t.tls.RootCAs = x509.NewCertPool()
		if !t.tls.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificate", t.ca)
		}
	}
	if t.cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(t.cert, t.key)
	t.tls.Certificates = []tls.Certificate{pair}
	return err
}
