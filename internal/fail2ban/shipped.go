package fail2ban

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/rules"
)

// shipped are the rules that do the work of a filter of fail2ban's.
type shipped struct {
	names []string
	more  []string // rules that do more than the filter: the jail's verdict is not for them
	// tag is the program's name that they want before the lines of a file.
	tag string
}

// all returns the names of the rules, those that do what the filter does first.
func (s *shipped) all() []string { return slices.Concat(s.names, s.more) }

// known are the filters whose rules have another name here. The others that we ship
// rules for have the same.
var known = map[string]shipped{
	"apache-auth":        {names: []string{"apache"}},
	"apache-badbots":     {more: []string{"http"}, tag: "apache"},
	"apache-botsearch":   {more: []string{"apache"}},
	"apache-modsecurity": {more: []string{"apache"}},
	"apache-nohome":      {more: []string{"apache"}},
	"apache-noscript":    {more: []string{"apache"}},
	"apache-overflows":   {more: []string{"apache"}},
	"apache-shellshock":  {more: []string{"apache"}},
	"asterisk":           {names: []string{"asterisk", "asterisk-udp"}},
	"courier-auth":       {names: []string{"courier"}, tag: "imapd"},
	"courier-smtp":       {names: []string{"courier"}, tag: "courieresmtpd"},
	"cyrus-imap":         {names: []string{"cyrus"}, tag: "imap"},
	"domino-smtp":        {names: []string{"domino"}},
	"drupal-auth":        {names: []string{"drupal"}},
	"ejabberd-auth":      {names: []string{"ejabberd"}},
	"exim-spam":          {more: []string{"exim"}},
	"froxlor-auth":       {names: []string{"froxlor"}, tag: "Froxlor"},
	"haproxy-http-auth":  {names: []string{"haproxy"}},
	"lighttpd-auth":      {names: []string{"lighttpd"}},
	"mongodb-auth":       {names: []string{"mongodb"}, tag: "mongod"},
	"mssql-auth":         {names: []string{"mssql"}},
	"mysqld-auth":        {names: []string{"mysqld"}},
	"named-refused":      {names: []string{"named"}},
	"nginx-bad-request":  {names: []string{"nginx-fail2ban"}, more: []string{"http"}, tag: "nginx"},
	"nginx-botsearch":    {more: []string{"nginx", "http"}},
	"nginx-http-auth":    {names: []string{"nginx"}},
	"nginx-limit-req":    {more: []string{"nginx"}},
	"nsd":                {names: []string{"nsd", "nsd-udp"}},
	"pam-generic":        {names: []string{"pam"}, tag: "login"},
	"php-url-fopen":      {more: []string{"http"}},
	"phpmyadmin-syslog":  {names: []string{"phpmyadmin"}, tag: "phpMyAdmin"},
	"qmail":              {names: []string{"qmail"}},
	"roundcube-auth":     {names: []string{"roundcube"}},
	"screensharingd":     {names: []string{"vnc"}},
	"selinux-ssh":        {names: []string{"auditd"}, tag: "audispd"},
	"sendmail-auth":      {names: []string{"sendmail"}},
	"sendmail-reject":    {names: []string{"sendmail"}},
	"sieve":              {more: []string{"cyrus"}, tag: "sieve"},
	"sogo-auth":          {names: []string{"sogo"}, tag: "sogod"},
	"traefik-auth":       {names: []string{"traefik"}},
	"uwimap-auth":        {names: []string{"uwimap"}, tag: "imapd"},
	"webmin-auth":        {names: []string{"webmin"}},
	"wuftpd":             {names: []string{"wu-ftpd"}},
	"xinetd-fail":        {names: []string{"xinetd"}},
	"znc-adminlog":       {names: []string{"znc"}},
}

// supplements are shipped rules for what a filter takes for an attack, and those of its
// name leave to the strict or leave alone: some versions and modes of the filter do, and
// are known by a word of it.
var supplements = []struct{ filter, word, name string }{
	{"dovecot", "authentication failure", "dovecot-fail2ban"},
	{"exim", "sender verify fail", "exim-fail2ban"},
	{"postfix", "improper command pipelining", "postfix-fail2ban"},
	{"postfix", "lost connection after", "postfix-fail2ban-ddos"},
	{"sshd", "Auth fail", "sshd-fail2ban"},
	{"sshd", "authentication methods available", "sshd-fail2ban-extra"},
}

// supplement returns those for a filter.
func supplement(name string, f *filter) []string {
	if f == nil {
		return nil
	}
	text := f.prefregex.String() + f.failregex.String()
	var names []string
	for _, s := range supplements {
		if s.filter == name && strings.Contains(text, s.word) {
			names = append(names, s.name)
		}
	}
	return names
}

// strictModes are those of fail2ban's that take for an attack what only the strict do.
var strictModes = []string{"ddos", "extra", "fallback", "aggressive"}

// shippedFor returns the shipped rules for a filter in one of its modes, none when it
// must be translated.
func shippedFor(filter, mode string) shipped {
	library := rules.Library()
	s, ok := known[filter]
	if !ok {
		s.names = []string{filter}
	}
	for _, name := range s.all() {
		if !slices.Contains(library, name) {
			return shipped{}
		}
	}
	first := s.all()[0]
	if s.tag == "" {
		s.tag = first
	}
	switch strict := first + "-aggressive"; {
	case slices.Contains(strictModes, mode) && slices.Contains(library, strict):
		s.more = append(slices.Clone(s.more), strict)
	case mode != "" && mode != "normal" && mode != "more" && !slices.Contains(strictModes, mode):
		s.names, s.more = nil, s.all() // postfix[mode=rbl]
	}
	return s
}

// takesTag tells whether shipped rules read lines of a program of that name: whether
// the head of one of their patterns, up to the colon behind the name, matches it.
func takesTag(name, tag string) bool {
	text, _ := rules.LibraryText(name)
	for l := range strings.Lines(text) {
		head, _, ok := strings.Cut(l, ": ")
		if !ok || head[0] != '^' {
			continue
		}
		for open := range 4 { // groups that go on behind the colon
			re, err := regexp.Compile(head + ": " + strings.Repeat(")", open))
			if err == nil && re.MatchString(tag+": ") {
				return true
			}
		}
	}
	return false
}

// spoofedFor is the longest ban that rules want for an address that may be forged.
const spoofedFor = 10 * time.Minute

// spoofable tells whether shipped rules believe such addresses.
func spoofable(name string) bool {
	text, _ := rules.LibraryText(name)
	return strings.Contains("\n"+text, "\n# spoofable\n")
}
