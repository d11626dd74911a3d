package config

import (
	"time"

	"gopkg.in/yaml.v3"

	"syslog-blacklist/internal/report"
)

func (d *decoder) report(n *yaml.Node) {
	r := &report.Config{Wait: time.Hour, Lines: 10}
	before := len(d.faults)
	d.mapping(n, "report", fields{
		"organisation": d.text(&r.Organisation),
		"contact":      d.text(&r.Contact),
		"system":       d.text(&r.System),
		"mail":         d.mail(&r.Mail),
		"send":         d.sending(&r.Automatically),
		"wait":         d.duration(&r.Wait, 24*time.Hour),
		"lines":        d.number(&r.Lines, 1, 50),
		"allow":        d.texts("allow", &r.Allow),
		"desks":        d.list("desks", d.desk(r)),
		"form":         d.form(r),
		"abuseipdb":    d.abuseIPDB(r),
	})
	if len(d.faults) > before {
		return
	}
	if err := r.Check(); err != nil {
		d.fault(n, "%v", err)
		return
	}
	d.config.Report = r
}

func (d *decoder) sending(automatically *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch n.Value {
		case "review":
			*automatically = false
		case "automatically":
			*automatically = true
		default:
			d.fault(n, "review or automatically is wanted here, not %q", n.Value)
		}
	}
}

func (d *decoder) desk(to *report.Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var desk report.Desk
		net := func(n *yaml.Node) {
			if p, ok := d.prefix(n); ok {
				desk.Net = p
			}
		}
		d.mapping(n, "an entry of desks", fields{"net": net, "to": d.texts("to", &desk.To)})
		to.Desks = append(to.Desks, desk)
	}
}

func (d *decoder) form(to *report.Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		f := &report.Form{Charset: "utf-8"}
		to.Form = f
		d.mapping(n, "form", fields{"to": d.texts("to", &f.To), "template": d.text(&f.Template), "charset": d.text(&f.Charset)})
	}
}

func (d *decoder) abuseIPDB(to *report.Config) func(*yaml.Node) {
	return func(n *yaml.Node) {
		a := &report.AbuseIPDB{URL: report.DefaultAbuseIPDB}
		to.AbuseIPDB = a
		d.mapping(n, "abuseipdb", fields{"key_file": d.text(&a.KeyFile), "url": d.text(&a.URL)})
	}
}
