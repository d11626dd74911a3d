package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Mail is a mailbox and the server that takes messages for it.
type Mail struct {
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

func (m *Mail) check() error {
	host, port, err := net.SplitHostPort(m.Server)
	if n, e := strconv.Atoi(port); err != nil || host == "" || e != nil || n < 1 || n > 65535 {
		return fmt.Errorf("mail server %q: an address such as smtp.example.org:587 is wanted", m.Server)
	}
	switch m.TLS {
	case "starttls", "tls":
	case "off":
		if m.User != "" {
			return errors.New("a password is not sent without TLS: use tls: starttls or tls: tls, or no user")
		}
	default:
		return fmt.Errorf("mail tls: starttls, tls or off is wanted, not %q", m.TLS)
	}
	switch {
	case (m.User == "") != (m.PasswordFile == ""):
		return errors.New("mail needs both user and password_file, or neither")
	case len(m.To) == 0:
		return errors.New("mail needs to: at least one address")
	}
	for _, a := range append([]string{m.From}, m.To...) {
		if _, err := mail.ParseAddress(a); err != nil || strings.ContainsAny(a, "\r\n") {
			return fmt.Errorf("mail address %q: an address such as admin@example.org is wanted", a)
		}
	}
	return nil
}

func (m *Mail) send(ctx context.Context, d *Digest) error {
	message, err := m.message(d)
	if err != nil {
		return permanent{err}
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	client, err := m.client(ctx)
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
		return permanent{err}
	}
	if err == nil {
		_ = client.CloseWithSMTPClient(session) // the message is taken, whatever QUIT says
	}
	return err
}

// message has nothing in its header but the configuration, the host's name and
// numbers; the library encodes them (RFC 2047).
func (m *Mail) message(d *Digest) (*gomail.Msg, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(message.From(m.From), message.To(m.To...)); err != nil {
		return nil, err
	}
	message.Subject(printable(d.Title()))
	message.SetDateWithValue(d.Until)
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday notice comes back
	message.SetBodyString(gomail.TypeTextPlain, d.Text+lines(d.First))
	return message, nil
}

// lines shows what was logged, quoted.
func lines(bans []Ban) string {
	var b strings.Builder
	for _, ban := range bans {
		if ban.Line != "" {
			fmt.Fprintf(&b, "\n%s, by %s: %q", ban.Address, ban.Sender, ban.Line)
		}
	}
	if b.Len() == 0 {
		return "\n"
	}
	return "\n" + b.String() + "\n"
}

// client returns what sends; its connection ends with ctx.
func (m *Mail) client(ctx context.Context) (*gomail.Client, error) {
	host, port, err := net.SplitHostPort(m.Server)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(n), gomail.WithTimeout(attemptTime), gomail.WithTLSConfig(config),
		gomail.WithDialContextFunc(m.dial(ctx, config)),
	}
	switch m.TLS {
	case "starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "tls":
		options = append(options, gomail.WithSSL())
	case "off":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if m.User != "" {
		password, err := readSecret(m.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read the password: %w", err)
		}
		options = append(options, gomail.WithUsername(m.User), gomail.WithPassword(password), gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(host, options...)
}

// dial closes the connection when ctx ends. The library leaves it open when a
// session fails, and looks at no context once it stands.
func (m *Mail) dial(ctx context.Context, config *tls.Config) gomail.DialContextFunc {
	dial := new(net.Dialer).DialContext
	if m.TLS == "tls" {
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
