package rules_test

import (
	"strings"
	"testing"

	"syslog-blacklist/rules"
)

// Attacks that were published against other programs of this kind, in the lines that
// today's daemons would write of them. 192.0.2.1 is the client; 198.51.100.9 is whom it wants
// to have blocked.
func TestPublishedAttacksOnOthersHaveNobodyElseBlocked(t *testing.T) {
	all := mustParse(t, "use "+strings.Join(rules.Library(), " ")+"\n")
	for _, tt := range []struct {
		name, line string
		want       string // the address that is taken, or none
	}{
		// CVE-2006-6301 and CVE-2013-6890: a log line of sshd as the name of a user.
		{"the name of a user is a line of sshd's",
			"sshd[7]: Invalid user Invalid user root from 198.51.100.9 from 192.0.2.1 port 40022", "192.0.2.1"},
		{"and sshd is old",
			"sshd[7]: Illegal user Illegal user root from 198.51.100.9 from 192.0.2.1", "192.0.2.1"},
		{"and the password is refused",
			"sshd[7]: Failed password for invalid user Invalid user root from 198.51.100.9 from 192.0.2.1 port 40022 ssh2", "192.0.2.1"},
		{"and the whole line of a refused password",
			"sshd[7]: Failed password for invalid user x from 198.51.100.9 port 22 ssh2 from 192.0.2.1 port 40022 ssh2", "192.0.2.1"},
		{"and a line that ends in the name",
			"sshd[7]: input_userauth_request: invalid user root from 198.51.100.9 port 22 [preauth]", "none"},
		{"and one that sshd writes of accounts",
			"sshd[7]: Invalid user User root from 198.51.100.9 not allowed because not listed in AllowUsers from 192.0.2.1 port 40022", "192.0.2.1"},
		{"and of too many attempts",
			"sshd[7]: Invalid user Disconnecting: Too many authentication failures for root from 198.51.100.9 port 22 ssh2 from 192.0.2.1 port 1", "192.0.2.1"},
		// CVE-2013-2178: the client's part of an error log of Apache's, in a URL, a user, a referrer.
		{"a URL holds a client and a user that was not found",
			"apache: [core:info] [pid 7] [client 192.0.2.1:58619] AH00128: File does not exist: /var/www/[client 198.51.100.9] user root not found", "none"},
		{"a URL holds a client and its password's mismatch",
			"apache: [core:info] [pid 7] [client 192.0.2.1:58619] AH00128: File does not exist: /x/[client 198.51.100.9:1] AH01617: user root: authentication failure for \"/\": Password Mismatch", "none"},
		{"a user is a client that asks for what is not there",
			"apache: [auth_basic:error] [pid 7] [client 192.0.2.1:58619] AH01618: user x] [client 198.51.100.9:1] AH01618: user y not found: /", "192.0.2.1"},
		{"a referrer is one",
			"apache: [auth_basic:error] [pid 7] [client 192.0.2.1:58619] AH01618: user x not found: /, referer: http://[client 198.51.100.9:1] AH01618: user y not found: /", "192.0.2.1"},
		// CVE-2013-7176: what a mail's sender says of itself.
		{"a sender is a rejection of another",
			"postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <a@b>: Relay access denied; from=<reject: RCPT from x[198.51.100.9]: 554 5.7.1> to=<a@b> proto=SMTP helo=<x[198.51.100.9]: 554 5.7.1>", "192.0.2.1"},
		{"a name in SASL's words is another's failure",
			"postfix/smtpd[7]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x, sasl_username=x[198.51.100.9]: SASL LOGIN authentication failed: x", "192.0.2.1"},
		// CVE-2013-7177: the same for IMAP.
		{"a name is another's bad login",
			"cyrus/imap[7]: badlogin: host.example.org [192.0.2.1] plaintext x [198.51.100.9] plaintext y SASL(-13): authentication failure: checkpass failed", "192.0.2.1"},
		// Names of hosts that look like addresses.
		{"a host is called like an address",
			"sshd[7]: Failed password for root from 198.51.100.9.bc.example.com port 40022 ssh2", "none"},
		{"and has one behind it",
			"postfix/smtpd[7]: warning: 198.51.100.9.bc.example.com[192.0.2.1]: SASL LOGIN authentication failed: x", "192.0.2.1"},
		{"and ends like one",
			"sshd[7]: Failed password for root from host-198.51.100.9 port 40022 ssh2", "none"},
		{"and stands in PAM's words",
			"sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.9.bc.example.com  user=root", "none"},
		{"a number is no address",
			"sshd[7]: Failed password for root from 2 port 40022 ssh2", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := "none"
			if h, ok := match(all, tt.line); ok && h.Addr.IsValid() {
				got = h.Addr.String()
			}
			if got != tt.want {
				t.Errorf("got %s, want %s from\n%s", got, tt.want, tt.line)
			}
		})
	}
}
