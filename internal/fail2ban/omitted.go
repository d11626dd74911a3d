package fail2ban

import (
	"fmt"
	"slices"
)

// omissions are the lines that a filter recognises and the shipped rules leave out,
// with the reason.
var omissions = map[string][]string{
	"mongodb-auth": {
		"the end of a connection (older versions tell the address there alone, behind the failure): a line is judged by itself, or by what came before it",
	},
	"pam-generic": {
		"lines with a second rhost= behind the first, as a user brings one whose name has blanks: which is PAM's can't be told",
	},
	"sendmail-reject": {
		"from= and relay= of a message whose recipient was refused in a line before: that line names no address, and a line is judged by itself, or by what came before it",
	},
	"sshd": {
		"\"Failed … for …\" with more than a key behind \"ssh2:\": there stands what the client chooses, an address too if he likes",
		"lines that are no failure by themselves, and that fail2ban counts together with others of their session (Accepted, Connection closed, Received disconnect: 11:)",
		"\"Too many authentication failures\" without an address, unless sshd has told it at LogLevel VERBOSE (\"Connection from\")",
	},
}

// omit notes beside the rules that a jail uses what they leave out.
func (im *importer) omit(j *jail) {
	for _, what := range omissions[j.filter] {
		i := slices.IndexFunc(im.uses, func(u *use) bool { return u.name == j.shipped.all()[0] })
		im.uses[i].omitted = append(im.uses[i].omitted, Problem{j.at.file, j.at.line, fmt.Sprintf("[%s]: the rules %s leave out %s", j.name, im.uses[i].name, what)})
	}
}
