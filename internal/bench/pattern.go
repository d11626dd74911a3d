package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"syslog-blacklist/rules"
)

// sentences are what the rules of a server look for. The first eight recognise every
// attack of the traffic, so that ten rules find in its lines what 400 find.
var sentences = []struct{ tag, says string }{
	{"sshd", `Failed password for invalid user (?P<user>.*) from {IP_NUMBER} port \d+ ssh2$`},
	{"sshd", `Failed password for (?P<user>\S+) from {IP_NUMBER} port \d+`},
	{"sshd", `Invalid user (?P<user>.*) from {IP_NUMBER}(?: port \d+)?$`},
	{"sshd", `Connection closed by authenticating user (?P<user>\S+) {IP_NUMBER} port \d+ \[preauth\]$`},
	{"postfix/smtpd", `warning: [-._\w]+\[{IP_NUMBER}\]: SASL (?:LOGIN|PLAIN|CRAM-MD5) authentication failed`},
	{"dovecot", `(?:imap|pop3)-login: (?:Disconnected|Aborted login) \(auth failed, \d+ attempts[^)]*\): user=<(?P<user>[^>]*)>, method=\S+, rip={IP_NUMBER}, `},
	{"named", `client (?:@0x[0-9a-f]+ )?{IP_NUMBER}#\d+ \([^)]*\): (?:view \w+: )?query \(cache\) '[^']*' denied`},
	{"asterisk", `NOTICE\[\d+\](?:\[C-[0-9a-f]+\])? chan_sip\.c:?\d* ?Registration from '[^']*' failed for '{IP_NUMBER}(?::\d+)?' - Wrong password`},
	{"sshd", `Unable to negotiate with {IP_NUMBER} port \d+: no matching \w+ method found`},
	{"sshd", `Did not receive identification string from {IP_NUMBER}(?: port \d+)?`},
	{"sshd", `(?:error: )?maximum authentication attempts exceeded for .* from {IP_NUMBER} port`},
	{"postfix/smtpd", `NOQUEUE: reject: RCPT from \S+\[{IP_NUMBER}\]: 554 5\.7\.1 `},
	{"postfix/smtpd", `lost connection after (?:AUTH|UNKNOWN|EHLO) from [^\[]*\[{IP_NUMBER}\]$`},
	{"dovecot", `auth-worker\(\d+\): pam\([^,]+,{IP_NUMBER}\): unknown user`},
	{"vsftpd", `.*FAIL LOGIN: Client "{IP_NUMBER}"`},
	{"proftpd", `\S+ \(\S+\[{IP_NUMBER}\]\)(?: - |: )(?i:user) \S+: no such user found`},
	{"sudo", `pam_unix\(sudo:auth\): authentication failure; .* rhost={IP_NUMBER}(?:\s|$)`},
}

// serverPatterns returns n patterns: the programs' own, then those of further
// daemons made up of the same sentences, shuffled.
func serverPatterns(n int) []string {
	all := make([]string, n)
	for i := range all {
		s := sentences[i%len(sentences)]
		tag := s.tag
		if round := i / len(sentences); round > 0 {
			tag = fmt.Sprintf("%s%d", s.tag, round)
		}
		all[i] = `^` + tag + `(?:\[\d+\])?: ` + s.says
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// webPatterns returns n patterns that no tag tells apart.
func webPatterns(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`^{IP_NUMBER} .*"(?:GET|POST|HEAD) .*/%s%d.*%s.*" (?:403|404)`,
			[]string{"wp-login", "phpmyadmin", "cgi-bin", "solr", "manager"}[i%5], i/5, []string{`\.php`, "select", "passwd", `\.\.`}[i%4]))
	}
	return all
}

// counting is a verdict that bans nobody while it is measured.
const counting = "1h after 50 in 10m"

// rulesFile is the text of a rules file with an entry for each pattern.
func rulesFile(patterns []string, verdict string) []byte {
	var b strings.Builder
	for i, p := range patterns {
		fmt.Fprintf(&b, "[rule %d]\n%s\n%s\n\n", i, verdict, p)
	}
	return []byte(b.String())
}

func compile(patterns []string) (*rules.Set, error) {
	set, faults := rules.Parse("bench", rulesFile(patterns, "1h"))
	if set == nil {
		return nil, fmt.Errorf("compile rules: %w", faults[0])
	}
	return set, nil
}

// loop is what people write who have the standard library alone: one expression after the other,
// and a loose one for the address, which is far cheaper there than a right one.
type loop []*regexp.Regexp

func newLoop(patterns []string) (loop, error) {
	var l loop
	for _, p := range patterns {
		re, err := regexp.Compile(strings.ReplaceAll(p, "{IP_NUMBER}", `(?P<IP_NUMBER>[0-9A-Fa-f.:]+)`))
		if err != nil {
			return nil, err
		}
		l = append(l, re)
	}
	return l, nil
}

func (l loop) match(line []byte) bool {
	for _, re := range l {
		if re.FindSubmatchIndex(line) != nil {
			return true
		}
	}
	return false
}
