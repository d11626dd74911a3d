package report

import (
	"slices"
	"strings"
)

// Kind is what an incident is about, as the name of its entry says: sshd password,
// apache scan, failed ftp login. An entry whose name has none of the words is
// reported as unwanted, and nothing more is claimed.
type Kind struct {
	Attack  string `json:"attack"`  // login, scan, spam or empty
	Service string `json:"service"` // ssh, ftp, web, mail, sip or empty
}

// attacks and services are told by the words of an entry's name, the first that
// fits. The shipped rules' names follow this.
var (
	attacks = []meaning{
		{"login", []string{"password", "passwords", "login", "logins", "user", "users", "auth", "authentication", "sasl", "pam", "attempts", "account", "accounts", "hostbased", "2fa", "otp"}},
		{"spam", []string{"spam"}},
		{"scan", []string{"scan", "probe", "exploit", "include", "tool", "missing", "script", "shellshock", "modsecurity", "file", "scanner"}},
	}
	services = []meaning{
		{"ssh", []string{"ssh", "sshd", "dropbear"}},
		{"ftp", []string{"ftp", "ftpd", "vsftpd", "proftpd"}},
		{"web", []string{"http", "https", "web", "apache", "nginx", "caddy", "lighttpd", "haproxy", "traefik", "suhosin", "wordpress", "php"}},
		{"mail", []string{"mail", "smtp", "imap", "pop3", "pop", "postfix", "dovecot", "exim", "sendmail", "courier", "cyrus", "sasl", "opensmtpd"}},
		{"sip", []string{"sip", "voip", "asterisk"}},
	}
)

type meaning struct {
	of    string
	words []string
}

func meant(words []string, by []meaning) string {
	for _, m := range by {
		for _, w := range words {
			if slices.Contains(m.words, w) {
				return m.of
			}
		}
	}
	return ""
}

// kindOf returns the kind of an entry; shipped is the name of the shipped rules that
// it belongs to, or empty.
func kindOf(entry, shipped string) Kind {
	words := strings.FieldsFunc(strings.ToLower(shipped+" "+entry), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return Kind{meant(words, attacks), meant(words, services)}
}

// String says it in English.
func (k Kind) String() string {
	service := map[string]string{"ssh": "SSH", "ftp": "FTP", "web": "web", "mail": "mail", "sip": "SIP"}[k.Service]
	what := map[string]string{"login": "login attack", "scan": "scan for weak points", "spam": "spam"}[k.Attack]
	if what == "" {
		what = "unwanted access"
	}
	return strings.TrimSpace(service + " " + what)
}

// tcp tells whether such an attack needs a TCP connection, whose source address a
// handshake proves.
func (k Kind) tcp() bool { return k.Service != "" && k.Service != "sip" }

// categories are AbuseIPDB's numbers: 5 FTP brute force, 8 fraud VoIP, 11 mail spam,
// 15 hacking, 18 brute force, 21 web application attack, 22 SSH.
func (k Kind) categories() string {
	var c []string
	switch k.Attack {
	case "login":
		c = append(c, "18")
	case "spam":
		c = append(c, "11")
	default:
		if k.Service != "web" {
			c = append(c, "15")
		}
	}
	if n := map[string]string{"ssh": "22", "ftp": "5", "web": "21", "sip": "8"}[k.Service]; n != "" {
		c = append(c, n)
	}
	return strings.Join(c, ",")
}
