package fail2ban

import (
	"fmt"
	"slices"
)

// An omission is what a filter recognises, in some mode or in all, and the shipped
// rules leave out.
type omission struct {
	filter, mode string
	what         string // and why
}

var omissions = []omission{
	{"asterisk", "", `a caller whose name has the words before the address, " failed for '": which are Asterisk's can't be told`},
	{"dovecot", "aggressive", `"Too many bad commands (no auth attempts …)": a client in trouble is told so, and no password was tried`},
	{"mongodb-auth", "", "the end of a connection (older versions tell the address there alone, behind the failure): a line is judged by itself, or by what came before it"},
	{"nginx-botsearch", "", "paths that only begin like those of bots, /mailing-list like /mail: honest links lead there"},
	{"nginx-http-auth", "", "a user or a request with a quotation mark: behind it a client's text could look like the address"},
	{"pam-generic", "", "lines with a second rhost= behind the first, as a user brings one whose name has blanks: which is PAM's can't be told"},
	{"postfix", "aggressive", `"SASL … Invalid authentication mechanism": an honest client meets it where the server offers none that it knows`},
	{"sendmail-reject", "", "from= and relay= of a message whose recipient was refused in a line before: that line names no address, and a line is judged by itself, or by what came before it"},
	{"sshd", "", `"Failed … for …" with more than a key behind "ssh2:": there stands what the client chooses, an address too if he likes`},
	{"sshd", "", "host names that begin with an address (UseDNS yes): who has such a name chose it"},
	{"sshd", "", "lines that are no failure by themselves, and that fail2ban counts together with others of their session (Accepted, Connection closed, Received disconnect: 11:)"},
	{"sshd", "", `"Too many authentication failures" without an address, unless sshd has told it at LogLevel VERBOSE ("Connection from")`},
}

// omit notes beside the rules that a jail uses what they leave out. The first jail that
// uses them speaks for the others.
func (im *importer) omit(j *jail) {
	for _, o := range omissions {
		if o.filter != j.filter || o.mode != "" && o.mode != j.mode() || im.omitted[o] {
			continue
		}
		im.omitted[o] = true
		name := j.shipped.all()[0]
		i := slices.IndexFunc(im.uses, func(u *use) bool { return u.name == name })
		im.uses[i].omitted = append(im.uses[i].omitted, Problem{j.at.file, j.at.line, fmt.Sprintf("[%s]: the rules %s leave out %s", j.name, name, o.what)})
	}
}
