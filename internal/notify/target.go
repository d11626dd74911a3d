package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"text/template"
	"time"

	"syslog-blacklist/internal/mail"
)

// Target is who is told, in one of three ways: by webhook (URL or URLFile), by
// mail or by a command.
type Target struct {
	// Name is what logs and metrics call it.
	Name string
	// Bans and Troubles are what it is told of.
	Bans, Troubles bool
	// Every is the least time between two messages, in which they are gathered.
	Every time.Duration
	// URL is where a webhook is posted to. URLFile is a file that holds it, for
	// URLs that are secret.
	URL, URLFile string
	// Template makes the webhook's body, which must be JSON; empty is the digest.
	Template string
	Mail     *mail.Relay
	// Command is run with the digest as JSON on its standard input.
	Command []string
}

// Check returns what is wrong with a target, before it is used.
func (t *Target) Check() error {
	ways := 0
	for _, way := range []bool{t.URL != "", t.URLFile != "", t.Mail != nil, len(t.Command) > 0} {
		if way {
			ways++
		}
	}
	switch {
	case t.Name == "":
		return errors.New("a target of notify needs a name, for logs and metrics")
	case !t.Bans && !t.Troubles:
		return fmt.Errorf("target %q: for must name bans, troubles or both", t.Name)
	case ways != 1:
		return fmt.Errorf("target %q needs one of url, url_file, mail and command", t.Name)
	case t.Template != "" && t.URL == "" && t.URLFile == "":
		return fmt.Errorf("target %q: a template is for a webhook only", t.Name)
	case t.URLFile != "" && !filepath.IsAbs(t.URLFile):
		return fmt.Errorf("target %q: url_file must be an absolute path", t.Name)
	case len(t.Command) > 0 && !filepath.IsAbs(t.Command[0]):
		return fmt.Errorf("target %q: the command must be an absolute path; no shell looks for it", t.Name)
	}
	return t.checkWay()
}

func (t *Target) checkWay() error {
	var err error
	switch {
	case t.URL != "":
		_, err = parseURL(t.URL)
	case t.Mail != nil:
		err = t.Mail.Check()
	}
	if err == nil {
		err = checkTemplate(t.Template)
	}
	if err != nil {
		return fmt.Errorf("target %q: %w", t.Name, err)
	}
	return nil
}

// sender returns what delivers a digest.
func (t *Target) sender(log *slog.Logger) func(context.Context, *Digest) error {
	switch {
	case t.Mail != nil:
		return mailer{t.Mail}.send
	case len(t.Command) > 0:
		return command{t.Name, t.Command, log}.send
	}
	return newWebhook(t).send
}

// parseTemplate knows the function json, without which a text could not be put
// into JSON safely.
func parseTemplate(text string) (*template.Template, error) {
	return template.New("template").Option("missingkey=error").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			b, err := json.Marshal(v)
			return string(b), err
		},
	}).Parse(text)
}

// checkTemplate tries a template on a digest whose every text breaks JSON unless
// it is escaped.
func checkTemplate(text string) error {
	if text == "" {
		return nil
	}
	t, err := parseTemplate(text)
	if err != nil {
		return err
	}
	awkward := "\"\\\n"
	g := gathering{since: time.Now()}
	g.ban(Ban{Address: awkward, Entry: awkward, For: awkward, Sender: awkward, Line: awkward})
	g.trouble(awkward)
	_, err = render(t, g.digest(awkward, time.Now()))
	return err
}

// render makes a body of a digest.
func render(t *template.Template, d *Digest) ([]byte, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return nil, err
	}
	if !json.Valid(b.Bytes()) {
		return nil, errors.New("template: what it makes is no JSON; write texts as {{json .Text}}, without quotes around it")
	}
	return b.Bytes(), nil
}
