package notify

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/mail"
)

func TestFaultsOfATargetAreFoundBeforeItIsUsed(t *testing.T) {
	byMail := func(change func(*mail.Relay)) Target {
		m := mail.Relay{Server: "192.0.2.25:587", TLS: "starttls", From: "a@example.org", To: []string{"b@example.org"}}
		change(&m)
		return Target{Name: "m", Mail: &m}
	}
	for _, tt := range []struct {
		name   string
		target Target
		want   string
	}{
		{"a webhook", Target{Name: "w", URL: "https://192.0.2.1/x"}, ""},
		{"a webhook for a chat", Target{Name: "w", URLFile: "/url", Template: `{"content": {{json .Text}}}`}, ""},
		{"a mail", byMail(func(*mail.Relay) {}), ""},
		{"a mail without TLS", byMail(func(m *mail.Relay) { m.TLS = "off" }), ""},
		{"a command", Target{Name: "c", Command: []string{"/bin/true"}}, ""},
		{"no name", Target{URL: "http://192.0.2.1"}, `a target of notify needs a name, for logs and metrics`},
		{"no way", Target{Name: "w"}, `target "w" needs one of url, url_file, mail and command`},
		{"two ways", Target{Name: "w", URL: "http://192.0.2.1", Command: []string{"/x"}}, `target "w" needs one of url, url_file, mail and command`},
		{"no web URL", Target{Name: "w", URL: "file:///etc/passwd"}, `target "w": a URL with http:// or https:// is wanted`},
		{"a template that is none", Target{Name: "w", URL: "http://192.0.2.1", Template: "{{.Text"}, `target "w": template: template:1: unclosed action`},
		{"a template of an unknown field", Target{Name: "w", URL: "http://192.0.2.1", Template: "{{.Txt}}"},
			`target "w": template: template:1:2: executing "template" at <.Txt>: can't evaluate field Txt in type *notify.Digest`},
		{"a template that does not escape", Target{Name: "w", URL: "http://192.0.2.1", Template: `{"text": "{{.Text}}"}`},
			`target "w": template: what it makes is no JSON; write texts as {{json .Text}}, without quotes around it`},
		{"a template for a command", Target{Name: "c", Command: []string{"/x"}, Template: "{}"}, `target "c": a template is for a webhook only`},
		{"a command that a shell would look for", Target{Name: "c", Command: []string{"true"}},
			`target "c": the command must be an absolute path; no shell looks for it`},
		{"a password without TLS", byMail(func(m *mail.Relay) { m.TLS, m.User, m.PasswordFile = "off", "u", "/p" }),
			`target "m": a password is not sent without TLS: use tls: starttls or tls: tls, or no user`},
		{"a user without password", byMail(func(m *mail.Relay) { m.User = "u" }), `target "m": mail needs both user and password_file, or neither`},
		{"no port", byMail(func(m *mail.Relay) { m.Server = "192.0.2.25" }), `target "m": mail server "192.0.2.25": an address such as smtp.example.org:587 is wanted`},
		{"nobody to write to", byMail(func(m *mail.Relay) { m.To = nil }), `target "m": mail needs to: at least one address`},
		{"a header in an address", byMail(func(m *mail.Relay) { m.From = "a@example.org\r\nBcc: c@example.org" }),
			`target "m": mail address "a@example.org\r\nBcc: c@example.org": an address such as admin@example.org is wanted`},
		{"a word for TLS", byMail(func(m *mail.Relay) { m.TLS = "yes" }), `target "m": mail tls: starttls, tls or off is wanted, not "yes"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.target.Bans, tt.target.Every = true, time.Minute
			got := ""
			if err := tt.target.Check(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if err := (&Target{Name: "w", URL: "http://192.0.2.1"}).Check(); err == nil {
		t.Error("a target for nothing has no fault")
	}
}
