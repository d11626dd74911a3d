package report

import "testing"

func TestAnEntrysNameTellsWhatItsAttackIs(t *testing.T) {
	for _, tt := range []struct{ entry, shipped, kind, categories string }{
		{"sshd password", "sshd", "SSH login attack", "18,22"},
		{"sshd refused", "sshd", "SSH unwanted access", "15,22"},
		{"vsftpd pam", "vsftpd", "FTP login attack", "18,5"},
		{"http scan", "http", "web scan for weak points", "21"},
		{"apache password", "apache", "web login attack", "18,21"},
		{"postfix sasl", "postfix", "mail login attack", "18"},
		{"exim spam", "exim", "mail spam", "11"},
		{"asterisk login", "asterisk", "SIP login attack", "18,8"},
		{"failed ssh user", "", "SSH login attack", "18,22"},
		{"my own account", "", "login attack", "18"},
		{"www.example.org", "", "unwanted access", "15"},
		{"", "", "unwanted access", "15"},
	} {
		k := kindOf(tt.entry, tt.shipped)
		if k.String() != tt.kind || k.categories() != tt.categories {
			t.Errorf("[%s]: %s, categories %s; want %s, %s", tt.entry, k, k.categories(), tt.kind, tt.categories)
		}
	}
}
