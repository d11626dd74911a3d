// Package mailtest is a mail server for tests: it speaks SMTP on loopback and
// tells what it heard. It keeps nothing and delivers nothing.
package mailtest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// Server says how the server behaves; it is not changed once it is started.
type Server struct {
	StartTLS, TLS bool
	Answer        map[string]string // to a verb, instead of 250
	Certificate   tls.Certificate
}

// Session is what one connection brought.
type Session struct {
	Auth     string // as PLAIN sends it
	Secure   bool   // when the message came
	Commands []string
	Data     string // the message, without the dots that SMTP adds
	Err      error  // nil when the client took leave
}

// Start serves until the test ends. It returns the address, and each session when
// it is over.
func (s Server) Start(t *testing.T) (address string, sessions <-chan Session) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	out := make(chan Session, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			out <- s.talk(conn)
			conn.Close()
		}
	}()
	return listener.Addr().String(), out
}

// talk holds one conversation as RFC 5321 says.
func (s Server) talk(conn net.Conn) (x Session) {
	config := &tls.Config{Certificates: []tls.Certificate{s.Certificate}}
	if s.TLS {
		conn = tls.Server(conn, config)
	}
	r := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 test")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			x.Err = err
			return x
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		x.Commands = append(x.Commands, line)
		switch answer := s.Answer[verb]; {
		case answer != "":
			say(answer)
		case verb == "EHLO" && s.StartTLS:
			say("250-test\r\n250 STARTTLS")
		case verb == "EHLO":
			say("250-test\r\n250 AUTH PLAIN LOGIN")
		case verb == "STARTTLS":
			say("220 go ahead")
			conn = tls.Server(conn, config)
			r, s.StartTLS = bufio.NewReader(conn), false
		case verb == "AUTH":
			decoded, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if err != nil {
				x.Err = err
				return x
			}
			x.Auth = string(decoded)
			say("235 welcome")
		case verb == "DATA":
			say("354 go ahead")
			if x.Data, x.Err = message(r); x.Err != nil {
				return x
			}
			_, x.Secure = conn.(*tls.Conn)
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return x
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
