package config

import (
	"net"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"syslog-blacklist/internal/mail"
	"syslog-blacklist/internal/notify"
)

func (d *decoder) notify(n *yaml.Node) {
	d.list("notify", d.target)(n)
}

func (d *decoder) target(n *yaml.Node) {
	t := notify.Target{Bans: true, Troubles: true, Every: time.Minute}
	before := len(d.faults)
	d.mapping(n, "an entry of notify", fields{
		"name":     d.text(&t.Name),
		"for":      d.kinds(&t),
		"every":    d.duration(&t.Every, 24*time.Hour),
		"url":      d.text(&t.URL),
		"url_file": d.text(&t.URLFile),
		"template": d.text(&t.Template),
		"mail":     d.mail(&t.Mail),
		"command":  d.texts("command", &t.Command),
	})
	if len(d.faults) > before {
		return
	}
	if err := t.Check(); err != nil {
		d.fault(n, "%v", err)
	}
	if slices.ContainsFunc(d.config.Notify, func(o notify.Target) bool { return o.Name == t.Name }) {
		d.fault(n, "the name %q stands twice in notify", t.Name)
	}
	d.config.Notify = append(d.config.Notify, t)
}

func (d *decoder) kinds(t *notify.Target) func(*yaml.Node) {
	return func(n *yaml.Node) {
		t.Bans, t.Troubles = false, false
		d.list("for", func(n *yaml.Node) {
			switch n.Value {
			case "bans":
				t.Bans = true
			case "troubles":
				t.Troubles = true
			default:
				d.fault(n, "bans or troubles is wanted here, not %q", n.Value)
			}
		})(n)
	}
}

// mail takes STARTTLS for granted, but on port 465, where TLS begins at once.
func (d *decoder) mail(to **mail.Relay) func(*yaml.Node) {
	return func(n *yaml.Node) {
		m := &mail.Relay{}
		*to = m
		d.mapping(n, "mail", fields{
			"server":        d.text(&m.Server),
			"tls":           d.text(&m.TLS),
			"user":          d.text(&m.User),
			"password_file": d.text(&m.PasswordFile),
			"from":          d.text(&m.From),
			"to":            d.texts("to", &m.To),
		})
		if m.TLS == "" {
			m.TLS = "starttls"
			if _, port, err := net.SplitHostPort(m.Server); err == nil && port == "465" {
				m.TLS = "tls"
			}
		}
	}
}
