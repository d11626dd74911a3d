package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is what is sent.
type Message struct {
	// To takes the place of the relay's To when it is not empty.
	To []string
	// Subject is printable.
	Subject string
	Date    time.Time
	// ID, when not empty, makes the message the same each time: its Message-ID and
	// its boundary are made of it. It has letters, digits and hyphens, and nobody can guess it.
	ID string
	// Host names the sender in the Message-ID and to the server. Empty is this host's
	// own name.
	Host string
	Text string
	// Charset of the text is UTF-8, or "iso-2022-jp" as mail in Japan was written.
	Charset string
	// Parts are attached behind the text.
	Parts []Part
}

// Part is an attachment. Name and Type are the program's own words.
type Part struct {
	Name, Type string
	Body       []byte
}

// Bytes returns the message as the server gets it.
func (r *Relay) Bytes(m *Message) ([]byte, error) {
	message, err := r.compose(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = message.WriteTo(&b)
	return b.Bytes(), err
}

// compose writes the header; the library encodes what is not ASCII (RFC 2047).
func (r *Relay) compose(m *Message) (*gomail.Msg, error) {
	to := m.To
	if len(to) == 0 {
		to = r.To
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(message.From(r.From), message.To(to...)); err != nil {
		return nil, err
	}
	message.Subject(m.Subject)
	message.SetDateWithValue(m.Date)
	switch {
	case m.ID == "":
		message.SetMessageID()
	default:
		message.SetMessageIDWithValue(m.ID + "@" + m.Host)
		message.SetBoundary(m.ID)
	}
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday notice comes back
	if m.Charset == "iso-2022-jp" {
		message.SetBodyString(gomail.TypeTextPlain, inJapanese(m.Text), gomail.WithPartCharset(gomail.CharsetISO2022JP), gomail.WithPartEncoding(gomail.EncodingB64))
	} else {
		message.SetBodyString(gomail.TypeTextPlain, m.Text)
	}
	for _, p := range m.Parts {
		err := message.AttachReader(p.Name, bytes.NewReader(p.Body), gomail.WithFileContentType(gomail.ContentType(p.Type)))
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", p.Name, err)
		}
	}
	return message, nil
}

// check refuses what could end a header's line. Addresses are the library's care.
func (m *Message) check() error {
	texts := []string{m.Subject, m.ID, m.Host}
	for _, p := range m.Parts {
		texts = append(texts, p.Name, p.Type)
	}
	for _, t := range texts {
		if t != Printable(t) {
			return fmt.Errorf("compose mail: %q holds what cannot stand in a header", t)
		}
	}
	return nil
}

// Printable keeps a text on its line, and terminals and headers unharmed: white
// space becomes a blank, and what cannot be printed a question mark.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return '?'
	}, s)
}
