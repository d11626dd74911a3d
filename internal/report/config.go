package report

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"syslog-blacklist/internal/mail"
)

// Config says who reports, to whom, and how much is told.
type Config struct {
	// Organisation, Contact and Domain are who reports. Contact is a bare mail
	// address, Domain what stands behind its @.
	Organisation, Contact string
	// System describes what was attacked, as far as strangers may know it.
	System string
	// Mail takes the mails; its To is who reviews.
	Mail *mail.Relay
	// Automatically sends a report behind the mail for review, without waiting for
	// anybody's word.
	Automatically bool
	// Wait is how long after its first ban an incident is complete.
	Wait time.Duration
	// Lines is how many lines of an incident are shown.
	Lines int
	// Allow is what may be told of this host: see the constants, or a group's name.
	Allow []string
	// Desks are abuse desks that the administrator knows better than the registry.
	Desks     []Desk
	Form      *Form
	AbuseIPDB *AbuseIPDB
	// Prefix4 and Prefix6 are how many bits of an address are banned as one.
	Prefix4, Prefix6 int
}

// What Allow may hold beside the names of groups in patterns (user).
const (
	AllowLines = "lines" // whole lines
	AllowRules = "rules" // the words that rules of one's own spell out
	AllowHost  = "host"  // this host's name and other addresses than the attacker's
)

// Desk is who answers for a network.
type Desk struct {
	Net netip.Prefix
	To  []string
}

// Form is a report as text, for a CSIRT.
type Form struct {
	To []string
	// Template is a file; empty is the shipped one.
	Template string
	// Charset is "utf-8" or "iso-2022-jp".
	Charset string
}

// AbuseIPDB is an account there.
type AbuseIPDB struct {
	KeyFile string
	// URL is where reports are posted to; DefaultAbuseIPDB unless it is given.
	URL string
}

// DefaultAbuseIPDB is the API's address.
const DefaultAbuseIPDB = "https://api.abuseipdb.com/api/v2/report"

// Domain is what stands behind the contact's @.
func (c *Config) Domain() string {
	_, domain, _ := strings.Cut(c.Contact, "@")
	return domain
}

// Check returns what is wrong with a configuration, before it is used. It reads no
// file: who asks the daemon need not be able to.
func (c *Config) Check() error {
	switch {
	case c.Organisation == "" || mail.Printable(c.Organisation) != c.Organisation:
		return errors.New("report needs organisation: who reports, in one line")
	case !bare(c.Contact):
		return fmt.Errorf("report needs contact: a bare mail address such as abuse@example.org, not %q", c.Contact)
	case mail.Printable(c.System) != c.System:
		return errors.New("report system: one line is wanted")
	case c.Mail == nil && c.AbuseIPDB == nil:
		return errors.New("report needs mail or abuseipdb: a way to send")
	case c.Automatically && c.Mail == nil:
		return errors.New("send: automatically needs mail: each report goes to yourself first")
	case c.Form != nil && c.Mail == nil:
		return errors.New("report form needs mail: a server that takes it")
	}
	if c.Mail != nil {
		if err := c.Mail.Check(); err != nil {
			return err
		}
	}
	for _, d := range c.Desks {
		if !d.Net.IsValid() || len(d.To) == 0 {
			return errors.New("an entry of desks needs net and to")
		}
		if err := checkAll(d.To); err != nil {
			return err
		}
	}
	return errors.Join(c.Form.check(), c.AbuseIPDB.check())
}

func (f *Form) check() error {
	switch {
	case f == nil:
		return nil
	case len(f.To) == 0:
		return errors.New("report form needs to: at least one address")
	case f.Charset != "utf-8" && f.Charset != "iso-2022-jp":
		return fmt.Errorf("charset: utf-8 or iso-2022-jp is wanted, not %q", f.Charset)
	case f.Template != "" && !filepath.IsAbs(f.Template):
		return errors.New("template must be an absolute path")
	}
	return checkAll(f.To)
}

func (a *AbuseIPDB) check() error {
	if a == nil {
		return nil
	}
	if !filepath.IsAbs(a.KeyFile) {
		return errors.New("abuseipdb needs key_file: an absolute path")
	}
	if u, err := url.Parse(a.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("abuseipdb url: a URL with https:// is wanted")
	}
	return nil
}

func checkAll(addresses []string) error {
	for _, a := range addresses {
		if err := mail.CheckAddress(a); err != nil {
			return err
		}
	}
	return nil
}

// bare tells whether a is an address without a name, of letters, digits and few signs.
func bare(a string) bool {
	local, domain, ok := strings.Cut(a, "@")
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_+", r)
	}
	return ok && !strings.ContainsFunc(local, bad) && !strings.ContainsFunc(domain, bad) && len(a) <= 254 && mail.CheckAddress(a) == nil
}
