package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate is what the SMTP servers of the tests show.
var certificate tls.Certificate

// TestMain makes the certificate one that the system trusts.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "notify")
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

// smtpServer takes one connection, as RFC 5321 says, and notes what it was told.
type smtpServer struct {
	startTLS, tls bool
	answer        map[string]string // to a verb, instead of 250
	certificate   tls.Certificate

	auth     string // as PLAIN sends it
	secure   bool   // when the message came
	commands []string
	data     string
	done     chan error
}

// serve starts the server and returns its address.
func (s *smtpServer) serve(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.done = make(chan error, 1)
	if s.certificate.PrivateKey == nil {
		s.certificate = certificate
	}
	go func() {
		defer listener.Close()
		conn, err := listener.Accept()
		if err != nil {
			s.done <- err
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		s.done <- s.talk(conn)
	}()
	return listener.Addr().String()
}

func (s *smtpServer) talk(conn net.Conn) error {
	config := &tls.Config{Certificates: []tls.Certificate{s.certificate}}
	if s.tls {
		conn = tls.Server(conn, config)
	}
	r := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 test")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		s.commands = append(s.commands, line)
		switch answer := s.answer[verb]; {
		case answer != "":
			say(answer)
		case verb == "EHLO" && s.startTLS:
			say("250-test\r\n250 STARTTLS")
		case verb == "EHLO":
			say("250-test\r\n250 AUTH PLAIN LOGIN")
		case verb == "STARTTLS":
			say("220 go ahead")
			conn = tls.Server(conn, config)
			r, s.startTLS = bufio.NewReader(conn), false
		case verb == "AUTH":
			decoded, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if err != nil {
				return err
			}
			s.auth = string(decoded)
			say("235 welcome")
		case verb == "DATA":
			say("354 go ahead")
			if s.data, err = message(r); err != nil {
				return err
			}
			_, s.secure = conn.(*tls.Conn)
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return nil
		default:
			say("250 fine")
		}
	}
}

// message reads to the dot that stands alone.
func message(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String(), err
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}
