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
}

// parseTarget reads a URL, and the files that it names.
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
	if u.Scheme != "tls" {
		return target{network: u.Scheme, address: u.Host}, nil
	}
	config, err := tlsConfig(u)
	return target{network: "tcp", address: u.Host, tls: config}, err
}

// tlsConfig verifies the server against the system's authorities, or those of
// the file ca, and shows the certificate of the files cert and key.
func tlsConfig(u *url.URL) (*tls.Config, error) {
	config := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	q := u.Query()
	if ca := q.Get("ca"); ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", ca)
		}
	}
	if q.Has("cert") != q.Has("key") {
		return nil, errors.New("cert and key go together")
	}
	if q.Has("cert") {
		pair, err := tls.LoadX509KeyPair(q.Get("cert"), q.Get("key"))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
