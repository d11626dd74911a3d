package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"text/template"
	"time"

	"syslog-blacklist/internal/mail"
)

// DefaultForm is the shipped template, in the shape that JPCERT/CC asks for.
//
//go:embed form.txt
var DefaultForm string

const (
	maxTemplate = 64 << 10  // bytes of a template
	maxForm     = 256 << 10 // bytes of what it makes
)

// Facts are what a form's template may tell, all clean, on one line each.
type Facts struct {
	*Incident
	Network                       string
	Organisation, Contact, System string
}

func (r *Reporter) formMail(i *Incident, now time.Time) (Rendered, error) {
	text, err := r.cfg.Form.fill(Facts{i, i.network(), r.cfg.Organisation, r.cfg.Contact, r.cfg.System})
	if err != nil {
		return Rendered{}, err
	}
	x := Rendered{Way: ByForm, To: r.cfg.Form.To, Subject: "Incident report: " + i.title(), Text: text}
	if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "Subject: ") {
		x.Subject, x.Text = mail.Printable(strings.TrimPrefix(first, "Subject: ")), strings.TrimLeft(rest, "\n")
	}
	return r.mailing(x, i, now)
}

// fill executes the template.
func (f *Form) fill(facts Facts) (string, error) {
	text, err := f.template()
	if err != nil {
		return "", err
	}
	t, err := template.New("form").Option("missingkey=error").Funcs(template.FuncMap{"time": stamp}).Parse(text)
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	var b bounded
	if err := t.Execute(&b, facts); err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return b.String(), nil
}

// template reads the file at each use, so that it may be changed.
func (f *Form) template() (string, error) {
	if f.Template == "" {
		return DefaultForm, nil
	}
	file, err := os.Open(f.Template)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTemplate+1))
	if err == nil && len(text) > maxTemplate {
		err = fmt.Errorf("read %s: a template has at most %d bytes", f.Template, maxTemplate)
	}
	return string(text), err
}

// bounded stops a template that never ends.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxForm {
		return 0, errors.New("what it makes is too long")
	}
	return b.Buffer.Write(p)
}

// awkward is what a template is tried on before it is used.
func awkward() Facts {
	t := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	a := netip.MustParseAddr("2001:db8::1")
	return Facts{Incident: &Incident{
		ID: "20240229-1", Network: netip.PrefixFrom(a, 64).Masked(), First: t, Last: t, Count: 1,
		Sources: []Source{{Address: a, First: t, Last: t, Count: 1, Ports: []uint16{1}}},
		Lines:   []Line{{t, a, "line"}},
	}}
}
