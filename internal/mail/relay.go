// Package mail hands messages to a mail server by SMTP. It sends no password
// without TLS, follows no route of its own, and lets nothing into a header that
// could end it.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"syslog-blacklist/internal/secret"
)

// timeout is how long the server may take over one step.
const timeout = 30 * time.Second

// Relay is the server that takes messages, and the mailboxes they go between.
type Relay struct {
	// Server is host:port.
	Server string
	// TLS is "starttls" (RFC 3207), without which nothing is sent, "tls" from the
	// first byte (RFC 8314), or "off".
	TLS string
	// User, when not empty, authenticates with the password in PasswordFile.
	User, PasswordFile string
	From               string
	To                 []string
}

// Check returns what is wrong with a relay, before it is used.
func (r *Relay) Check() error {
	host, port, err := net.SplitHostPort(r.Server)
	if n, e := strconv.Atoi(port); err != nil || host == "" || e != nil || n < 1 || n > 65535 {
		return fmt.Errorf("mail server %q: an address such as smtp.example.org:587 is wanted", r.Server)
	}
	switch r.TLS {
	case "starttls", "tls":
	case "off":
		if r.User != "" {
			return errors.New("a password is not sent without TLS: use tls: starttls or tls: tls, or no user")
		}
	default:
		return fmt.Errorf("mail tls: starttls, tls or off is wanted, not %q", r.TLS)
	}
	switch {
	case (r.User == "") != (r.PasswordFile == ""):
		return errors.New("mail needs both user and password_file, or neither")
	case len(r.To) == 0:
		return errors.New("mail needs to: at least one address")
	}
	for _, a := range append([]string{r.From}, r.To...) {
		if err := CheckAddress(a); err != nil {
			return err
		}
	}
	return nil
}

// CheckAddress returns what is wrong with a mailbox, which may have a name before it.
func CheckAddress(a string) error {
	if _, err := mail.ParseAddress(a); err != nil || strings.ContainsAny(a, "\r\n") {
		return fmt.Errorf("mail address %q: an address such as admin@example.org is wanted", a)
	}
	return nil
}

// Refused says that the server refused a message for good (RFC 5321, replies 5yz),
// or that there can be no such message: trying again would not mend it.
type Refused struct{ error }

// Send hands a message to the server, which answers for it from then on. The end
// of ctx ends the attempt.
func (r *Relay) Send(ctx context.Context, m *Message) error {
	message, err := r.compose(m)
	if err != nil {
		return Refused{err}
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	client, err := r.client(ctx, m)
	if err != nil {
		return err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	err = client.SendWithSMTPClient(session, message)
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.ErrorCode() >= 500 {
		return Refused{err}
	}
	if err == nil {
		_ = client.CloseWithSMTPClient(session) // the message is taken, whatever QUIT says
	}
	return err
}

// client returns what sends; its connection ends with ctx.
func (r *Relay) client(ctx context.Context, m *Message) (*gomail.Client, error) {
	host, port, err := net.SplitHostPort(r.Server)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(n), gomail.WithTimeout(timeout), gomail.WithTLSConfig(config),
		gomail.WithDialContextFunc(r.dial(ctx, config)),
	}
	if m.Host != "" {
		options = append(options, gomail.WithHELO(m.Host))
	}
	switch r.TLS {
	case "starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "tls":
		options = append(options, gomail.WithSSL())
	case "off":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if r.User != "" {
		password, err := secret.Read(r.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read the password: %w", err)
		}
		options = append(options, gomail.WithUsername(r.User), gomail.WithPassword(password), gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(host, options...)
}

// dial closes the connection when ctx ends. The library leaves it open when a
// session fails, and looks at no context once it stands.
func (r *Relay) dial(ctx context.Context, config *tls.Config) gomail.DialContextFunc {
	dial := new(net.Dialer).DialContext
	if r.TLS == "tls" {
		dial = (&tls.Dialer{Config: config}).DialContext
	}
	return func(once context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(once, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
}
