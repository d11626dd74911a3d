package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const corpus = `{"id":"1","source":"fail2ban","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Invalid user x from 192.0.2.1 port 9","match":true,"ip":"192.0.2.1","kind":"single","mode":["default","aggressive"]}
{"id":"2","source":"fail2ban","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Connection closed by 192.0.2.1 port 9 [preauth]","match":true,"ip":"192.0.2.1","kind":"single","mode":["aggressive"]}
{"id":"3","source":"fail2ban","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Connection closed by 192.0.2.1 port 9 [preauth]","match":false,"ip":null,"kind":"single","mode":["default"]}
{"id":"4","source":"fail2ban","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Invalid user x from host.example.org","match":true,"ip":null,"kind":"hostname","mode":["default"]}
{"id":"5","source":"fail2ban","service":"dropbear","line":"Bad password attempt for 'root' from 127.0.0.1:9","syslog":null,"program":"dropbear","match":true,"ip":"127.0.0.1","kind":"single","mode":["default"]}
{"id":"6","source":"crowdsec","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Invalid user x from 192.0.2.1 port 9","match":true,"ip":"192.0.2.2","kind":"single"}
{"id":"7","source":"crowdsec","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Invalid user x from 192.0.2.1 port 9","match":false,"kind":"single"}
{"id":"8","source":"crowdsec","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: fatal: no matching cipher found: client a server b","match":true,"ip":"192.0.2.1","kind":"session","context":[{"line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: Connection from 192.0.2.1 port 9"}]}
{"id":"9","source":"crowdsec","service":"sshd","line":"x","syslog":"<38>Nov 21 10:00:00 h sshd[1]: fatal: no matching cipher found: client a server b","match":true,"ip":"192.0.2.1","kind":"session"}
`

func TestEachSourceIsJudgedByItself(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.jsonl"), []byte(corpus), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `
6 crowdsec sshd  single 192.0.2.2: wrong address (192.0.2.1, sshd unknown user)
	sshd[1]: Invalid user x from 192.0.2.1 port 9
7 crowdsec sshd  single invalid IP: false hit (192.0.2.1, sshd unknown user)
	sshd[1]: Invalid user x from 192.0.2.1 port 9
9 crowdsec sshd  session 192.0.2.1: missed
	sshd[1]: fatal: no matching cipher found: client a server b
SOURCE    SERVICE   RIGHT          WRONG  FALSE  SESSIONS  AIM
crowdsec  sshd      0/1    0.0%    1      1/1    1/2
fail2ban  dropbear  1/1    100.0%  0      0/0    0/0
fail2ban  sshd      2/2    100.0%  0      0/1    0/0
crowdsec  all       0/1    0.0%    1      1/1    1/2       too few: 90% is the aim
fail2ban  all       3/3    100.0%  0      0/1    0/0       met
`
	var b strings.Builder
	if err := run(&b, dir, "", "", true); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines("\n" + b.String()) {
		got.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
