package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"syslog-blacklist/internal/mail"
)

// mailer sends digests by mail.
type mailer struct{ *mail.Relay }

func (m mailer) send(ctx context.Context, d *Digest) error {
	err := m.Send(ctx, &mail.Message{Subject: mail.Printable(d.Title()), Date: d.Until, Text: d.Text + lines(d.First)})
	if errors.As(err, new(mail.Refused)) {
		return permanent{err}
	}
	return err
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
