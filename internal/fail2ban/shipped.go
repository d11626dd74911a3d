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
	// part tells that the rules do more than the filter, so that the jail's verdict is
	// not for all of them.
	part bool
	// tag is the program's name that they want before the lines of a file.
	tag string
}

// known are the filters whose rules have another name here. The others that we ship
// rules for have the same.
var known = map[string]shipped{
	"apache-auth":        {names: []string{"apache"}},
	"apache-badbots":     {names: []string{"http"}, part: true, tag: "apache"},
	"apache-botsearch":   {names: []string{"apache"}, part: true},
	"apache-modsecurity": {names: []string{"apache"}, part: true},
	"apache-nohome":      {names: []string{"apache"}, part: true},
	"apache-noscript":    {names: []string{"apache"}, part: true},
	"apache-overflows":   {names: []string{"apache"}, part: true},
	"apache-shellshock":  {names: []string{"apache"}, part: true},
	"asterisk":           {names: []string{"asterisk", "asterisk-udp"}},
	"courier-auth":       {names: []string{"courier"}, tag: "imapd"},
	"courier-smtp":       {names: []string{"courier"}, tag: "courieresmtpd"},
	"cyrus-imap":         {names: []string{"cyrus"}, tag: "imap"},
	"domino-smtp":        {names: []string{"domino"}},
	"drupal-auth":        {names: []string{"drupal"}},
	"ejabberd-auth":      {names: []string{"ejabberd"}},
	"exim-spam":          {names: []string{"exim"}, part: true},
	"froxlor-auth":       {names: []string{"froxlor"}, tag: "Froxlor"},
	"haproxy-http-auth":  {names: []string{"haproxy"}},
	"lighttpd-auth":      {names: []string{"lighttpd"}},
	"mongodb-auth":       {names: []string{"mongodb"}, tag: "mongod"},
	"mssql-auth":         {names: []string{"mssql"}},
	"mysqld-auth":        {names: []string{"mysqld"}},
	"named-refused":      {names: []string{"named"}},
	"nginx-bad-request":  {names: []string{"http"}, part: true, tag: "nginx"},
	"nginx-botsearch":    {names: []string{"nginx", "http"}, part: true},
	"nginx-http-auth":    {names: []string{"nginx"}},
	"nginx-limit-req":    {names: []string{"nginx"}, part: true},
	"nsd":                {names: []string{"nsd", "nsd-udp"}},
	"pam-generic":        {names: []string{"pam"}, tag: "login"},
	"php-url-fopen":      {names: []string{"http"}, part: true},
	"phpmyadmin-syslog":  {names: []string{"phpmyadmin"}, tag: "phpMyAdmin"},
	"qmail":              {names: []string{"qmail"}, tag: "vpopmail"},
	"roundcube-auth":     {names: []string{"roundcube"}},
	"screensharingd":     {names: []string{"vnc"}},
	"selinux-ssh":        {names: []string{"auditd"}, tag: "audispd"},
	"sendmail-auth":      {names: []string{"sendmail"}},
	"sendmail-reject":    {names: []string{"sendmail"}},
	"sieve":              {names: []string{"cyrus"}, part: true, tag: "sieve"},
	"sogo-auth":          {names: []string{"sogo"}, tag: "sogod"},
	"traefik-auth":       {names: []string{"traefik"}},
	"uwimap-auth":        {names: []string{"uwimap"}, tag: "imapd"},
	"webmin-auth":        {names: []string{"webmin"}},
	"wuftpd":             {names: []string{"wu-ftpd"}},
	"xinetd-fail":        {names: []string{"xinetd"}},
	"znc-adminlog":       {names: []string{"znc"}},
}

// strictModes are those of fail2ban's that take for an attack what only the strict do.
var strictModes = []string{"ddos", "extra", "aggressive"}

// shippedFor returns the shipped rules for a filter in one of its modes, with no names
// when it must be translated.
func shippedFor(filter, mode string) shipped {
	library := rules.Library()
	s, ok := known[filter]
	if !ok {
		s.names = []string{filter}
	}
	for _, name := range s.names {
		if !slices.Contains(library, name) {
			return shipped{}
		}
	}
	if s.tag == "" {
		s.tag = s.names[0]
	}
	switch strict := s.names[0] + "-aggressive"; {
	case slices.Contains(strictModes, mode) && slices.Contains(library, strict):
		s.names = append(slices.Clone(s.names), strict)
	case mode != "" && mode != "normal" && mode != "more" && !slices.Contains(strictModes, mode):
		s.part = true // postfix[mode=rbl]
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
