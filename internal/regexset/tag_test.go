package regexset

import "testing"

func TestOnlyWhatLeavesTheAutomatonSoonIsInIt(t *testing.T) {
	for _, test := range []struct {
		expr string
		want bool
	}{
		{`^sshd\[\d+\]: .* from ` + address, true},
		{`^(?:imap|pop3|sieve|lmtp|mupdate|http|nntp|ftp|xmpp|zz)d?(?:\[\d+\])?: .*x`, true},
		{`^[\w./-]+(?:\[\d+\])?: (?:[\w-]+: )?pam_\w+.*x`, true},
		{`^\S+ improper command .*x`, true},
		{`sshd: `, false},
		{`^.*sshd: `, false},
		{`^\w+: .*select`, false},
		{`^\w+\[\d+\]: .*select`, false},
		{`^` + address + ` .*select`, false},
		{`^`, false},
		{`^\w*`, false},
	} {
		p := parse(mustParse(t, test.expr)[0], newShared(minTokenProgram))
		if got := p.tagged(); got != test.want {
			t.Errorf("%.40s: tagged is %t, want %t", test.expr, got, test.want)
		}
	}
}
