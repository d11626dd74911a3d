package report

import (
	"context"
	"fmt"
	"strings"
	"time"

	"syslog-blacklist/internal/mail"
)

// Way is how a report goes out.
type Way string

const (
	ByDesk      Way = "desk"      // a mail with XARF to the abuse desk
	ByForm      Way = "form"      // a mail in a CSIRT's form
	ByAbuseIPDB Way = "abuseipdb" // posts to AbuseIPDB
)

// Rendered is a report as one way sends it.
type Rendered struct {
	Way Way
	// To is who gets it: mailboxes, or a URL. Empty: nobody is known.
	To      []string
	Subject string
	// Text is what is read first, Parts what is attached.
	Text  string
	Parts []mail.Part
	// Raw is what goes over the wire: a mail, or the bodies of posts, a line each.
	Raw []byte

	id      string // the incident's
	message *mail.Message
	posts   []post
}

// Render returns the report in every way that is configured, as it would be sent now.
func (r *Reporter) Render(i *Incident, now time.Time) ([]Rendered, error) {
	var out []Rendered
	if r.cfg.Mail != nil {
		desk, err := r.deskMail(i, now)
		if err != nil {
			return nil, err
		}
		out = append(out, desk)
	}
	if r.cfg.Form != nil {
		form, err := r.formMail(i, now)
		if err != nil {
			return nil, err
		}
		out = append(out, form)
	}
	if r.cfg.AbuseIPDB != nil {
		out = append(out, r.abuseIPDB(i))
	}
	return out, nil
}

// mailing makes a mail of what is rendered. Its Message-ID is the same whenever it
// is sent, so that a second copy is recognised.
func (r *Reporter) mailing(x Rendered, i *Incident, now time.Time) (Rendered, error) {
	x.message = &mail.Message{
		To: x.To, Subject: x.Subject, Date: now, ID: string(x.Way) + "-" + i.UUID, Host: r.cfg.Domain(), Text: x.Text, Parts: x.Parts,
	}
	if x.Way == ByForm {
		x.message.Charset = r.cfg.Form.Charset
	}
	var err error
	x.Raw, err = r.cfg.Mail.Bytes(x.message)
	return x, err
}

// send delivers what is rendered.
func (r *Reporter) send(ctx context.Context, x *Rendered) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if x.message != nil {
		return r.cfg.Mail.Send(ctx, x.message)
	}
	return r.post(ctx, x)
}

// title says what happened and where from, in the program's words and numbers.
func (i *Incident) title() string {
	if len(i.Sources) == 1 {
		return fmt.Sprintf("%s from %s", i.Kind, i.Sources[0].Address)
	}
	return fmt.Sprintf("%s from %s", i.Kind, i.network())
}

// network writes a single address without its prefix length, as people do.
func (i *Incident) network() string {
	if i.Network.IsSingleIP() {
		return i.Network.Addr().String()
	}
	return i.Network.String()
}

// stamp writes a time with its zone.
func stamp(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") }

// log is the lines as a file.
func (i *Incident) log() string {
	var b strings.Builder
	for _, l := range i.Lines {
		fmt.Fprintf(&b, "%s %s\n", l.At.Format(time.RFC3339), l.Text)
	}
	return b.String()
}
