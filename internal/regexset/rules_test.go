package regexset

import (
	"fmt"
	"strings"
)

// address is an expression of an IP address that stands in no longer word, as
// large as the rules package's; looseAddress is what others take for one.
const (
	octet        = `(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
	hextet       = `[0-9A-Fa-f]{1,4}`
	looseAddress = `(?P<IP_NUMBER>[0-9A-Fa-f.:]+)`
)

var address = `(?P<IP_NUMBER>(?:\B::[Ff]{4}:)?\b` + octet + `(?:\.` + octet + `){3}\b|` + ipv6() + `)`

func ipv6() string {
	tail := hextet + `:(?:` + hextet + `\b|:\B)`
	for n := range 6 {
		tail = fmt.Sprintf(`%s:(?::(?:%[1]s(?::%[1]s){0,%d}\b|\B)|%s)`, hextet, n, tail)
	}
	return `\b` + tail + `|\B::(?:` + hextet + `(?::` + hextet + `){0,6}\b|\B)`
}

// What the rules of a server look like: each program has its tag and a handful of
// complaints. A, U and P stand for an address, a name and a port in lines.
var programs = []struct {
	tag  string
	says []string
}{
	{"sshd", []string{
		`Failed password for invalid user (?P<user>.*) from IP port \d+ ssh2$`,
		`Failed password for (?P<user>\S+) from IP port \d+`,
		`Invalid user (?P<user>.*) from IP(?: port \d+)?$`,
		`Connection closed by authenticating user (?P<user>\S+) IP port \d+ \[preauth\]$`,
		`Unable to negotiate with IP port \d+: no matching \w+ method found`,
		`Did not receive identification string from IP(?: port \d+)?`,
		`(?:error: )?maximum authentication attempts exceeded for .* from IP`,
	}},
	{"postfix/smtpd", []string{
		`warning: [-._\w]+\[IP\]: SASL (?:LOGIN|PLAIN|CRAM-MD5) authentication failed`,
		`NOQUEUE: reject: RCPT from \S+\[IP\]: 554 5\.7\.1 `,
		`lost connection after (?:AUTH|UNKNOWN|EHLO) from [^\[]*\[IP\]$`,
		`improper command pipelining after \S+ from \S+\[IP\]`,
	}},
	{"dovecot", []string{
		`(?:imap|pop3)-login: (?:Disconnected|Aborted login) \(auth failed, \d+ attempts[^)]*\): user=<(?P<user>[^>]*)>, method=\S+, rip=IP, `,
		`auth-worker\(\d+\): pam\([^,]+,IP\): unknown user`,
	}},
	{"named", []string{
		`client (?:@0x[0-9a-f]+ )?IP#\d+ \([^)]*\): (?:view \w+: )?query \(cache\) '[^']*' denied`,
	}},
	{"asterisk", []string{
		`NOTICE\[\d+\](?:\[C-[0-9a-f]+\])? chan_sip\.c:\d* \w*:? ?Registration from '[^']*' failed for 'IP(?::\d+)?' - Wrong password`,
	}},
	{"vsftpd", []string{`.*FAIL LOGIN: Client "IP"`}},
	{"proftpd", []string{`\S+ \(\S+\[IP\]\)(?: - |: )(?i:user) \S+: no such user found`}},
	{"sudo", []string{`pam_unix\(sudo:auth\): authentication failure; .* rhost=IP(?:\s|$)`}},
}

// realisticRules returns n rules: the programs' own, then those of further
// daemons made up of the same sentences.
func realisticRules(n int, address string) []string {
	var rules []string
	for daemon := 0; len(rules) < n; daemon++ {
		p := programs[daemon%len(programs)]
		tag := p.tag
		if daemon >= len(programs) {
			tag = fmt.Sprintf("%s%d", p.tag, daemon/len(programs))
		}
		for _, says := range p.says {
			rules = append(rules, `^`+tag+`(?:\[\d+\])?: `+strings.ReplaceAll(says, "IP", address))
		}
	}
	rules = rules[:n]
	newGenerator(1).Shuffle(n, func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
	return rules
}

// webRules returns n rules that no tag tells apart.
func webRules(n int, prefix, address string) []string {
	var rules []string
	for i := range n {
		rules = append(rules, fmt.Sprintf(`%s%s .*"(?:GET|POST|HEAD) .*/%s%d.*%s.*" (?:403|404)`, prefix, address,
			[]string{"wp-login", "phpmyadmin", "cgi-bin", "solr", "manager"}[i%5], i/5, []string{`\.php`, "select", "passwd", `\.\.`}[i%4]))
	}
	return rules
}

// A line generator for the benchmarks and the tests of realistic rules.
type traffic struct{ generator }

func (t traffic) address() string {
	if t.IntN(4) == 0 {
		return fmt.Sprintf("2001:db8:%x::%x:%x", t.IntN(1<<16), t.IntN(1<<16), t.IntN(1<<16))
	}
	return fmt.Sprintf("%s.%d", t.pick("192.0.2", "198.51.100", "203.0.113"), t.IntN(256))
}

func (t traffic) benign() string {
	pid, ip := 1+t.IntN(99999), t.address()
	switch t.IntN(9) {
	case 0:
		return fmt.Sprintf("sshd[%d]: Accepted publickey for deploy from %s port %d ssh2: ED25519 SHA256:%x", pid, ip, 1024+t.IntN(60000), t.Uint64())
	case 1:
		return fmt.Sprintf("sshd[%d]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)", pid)
	case 2:
		return fmt.Sprintf("postfix/smtpd[%d]: connect from mail%d.example.com[%s]", pid, t.IntN(50), ip)
	case 3:
		return fmt.Sprintf("postfix/qmgr[%d]: %X: from=<list@example.org>, size=%d, nrcpt=1 (queue active)", pid, t.Uint32(), t.IntN(1e6))
	case 4:
		return fmt.Sprintf("CRON[%d]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)", pid)
	case 5:
		return fmt.Sprintf("dovecot: imap-login: Login: user=<anna>, method=PLAIN, rip=%s, lip=192.0.2.1, mpid=%d, TLS, session=<%x>", ip, pid, t.Uint64())
	case 6:
		return fmt.Sprintf("kernel: [%d.%06d] IN=eth0 OUT= SRC=%s DST=192.0.2.1 LEN=%d PROTO=TCP SPT=%d DPT=443", pid, t.IntN(1e6), ip, t.IntN(1500), t.IntN(65536))
	case 7:
		return fmt.Sprintf("systemd[1]: Started Session %d of user déploiement.", pid)
	default:
		return fmt.Sprintf("apache: %s - - \"GET /index.html HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"", ip, t.IntN(1e5))
	}
}

func (t traffic) attack() string {
	pid, ip, port := 1+t.IntN(99999), t.address(), 1024+t.IntN(60000)
	user := t.pick("root", "admin", "test", "oracle", "Zoë", "x from 192.0.2.1", "\xff\xfe")
	switch t.IntN(8) {
	case 0:
		return fmt.Sprintf("sshd[%d]: Failed password for invalid user %s from %s port %d ssh2", pid, user, ip, port)
	case 1:
		return fmt.Sprintf("sshd[%d]: Failed password for root from %s port %d ssh2", pid, ip, port)
	case 2:
		return fmt.Sprintf("sshd[%d]: Invalid user %s from %s port %d", pid, user, ip, port)
	case 3:
		return fmt.Sprintf("sshd[%d]: Connection closed by authenticating user root %s port %d [preauth]", pid, ip, port)
	case 4:
		return fmt.Sprintf("postfix/smtpd[%d]: warning: unknown[%s]: SASL LOGIN authentication failed: UGFzc3dvcmQ6", pid, ip)
	case 5:
		return fmt.Sprintf("dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.1", user, ip)
	case 6:
		return fmt.Sprintf("named[%d]: client @0x%x %s#%d (example.org): query (cache) 'example.org/ANY/IN' denied", pid, t.Uint32(), ip, port)
	default:
		return fmt.Sprintf("asterisk[%d]: NOTICE[%d] chan_sip.c: Registration from '\"%s\" <sip:100@192.0.2.1>' failed for '%s' - Wrong password", pid, pid, user, ip)
	}
}

func (t traffic) web() string {
	path := t.pick("/wp-login", "/phpmyadmin", "/cgi-bin", "/solr", "/manager", "/index") + fmt.Sprint(t.IntN(40))
	return fmt.Sprintf("%s - - [01/Mar/2026:06:25:01 +0000] \"%s %s/%x%s HTTP/1.1\" %s %d \"-\" \"Mozilla/5.0 (%x)\"", t.address(),
		t.pick("GET", "POST", "HEAD", "PUT"), path, t.Uint32(), t.pick(".php", "?q=select", "/etc/passwd", "/..", ".html"), t.pick("200", "403", "404"), t.IntN(1e5), t.Uint64())
}

// hostile returns a line of an attacker who knows the rules: a tag that they
// have and random pieces of what they look for.
func (t traffic) hostile() string {
	var b strings.Builder
	b.WriteString(t.pick("sshd[1]: ", "web: ", "postfix/smtpd[1]: ", "dovecot: ", "sudo: "))
	for b.Len() < 400 {
		b.WriteString(t.pick("Failed password for ", "invalid user ", " from ", "192.0.2.1", "1:2:", "::", "GET ", "/wp-login", "/solr1", ".php", "select", "[", "a", "\xff",
			"rhost=", "authentication failure; ", "from x[", "user=<", "/phpmyadmin", "passwd", "\"", "Invalid user "))
	}
	return b.String()
}

func lines(n int, line func() string) [][]byte {
	var all [][]byte
	for range n {
		all = append(all, []byte(line()))
	}
	return all
}

func newTraffic(seed uint64) traffic { return traffic{newGenerator(seed)} }

// mixed is benign by 60 percent.
func (t traffic) mixed() string {
	if t.IntN(10) < 6 {
		return t.benign()
	}
	return t.attack()
}
