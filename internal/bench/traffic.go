package main

import (
	"fmt"
	"math/rand/v2"
)

// traffic makes up the lines of a server's log, the same ones for the same seed.
type traffic struct {
	*rand.Rand
	attackers int // how many addresses attack
}

func newTraffic(attackers int) traffic {
	return traffic{rand.New(rand.NewPCG(1, 2)), attackers}
}

// attacker returns the i-th of 16 million addresses, in an order of no pattern.
func attacker(i int) string {
	x := uint32(i+1) * 2654435761
	return fmt.Sprintf("10.%d.%d.%d", byte(x>>16), byte(x>>8), byte(x))
}

func (t traffic) pick(of ...string) string { return of[t.IntN(len(of))] }

func (t traffic) pid() int { return 300 + t.IntN(90000) }

func (t traffic) port() int { return 1024 + t.IntN(64000) }

// benign is a line as a server prints all day, as a rule sees it.
func (t traffic) benign() string {
	client := fmt.Sprintf("192.0.2.%d", t.IntN(256))
	switch t.IntN(10) {
	case 0:
		return fmt.Sprintf("sshd[%d]: Accepted publickey for deploy from %s port %d ssh2: ED25519 SHA256:%x%x", t.pid(), client, t.port(), t.Uint64(), t.Uint64())
	case 1:
		return fmt.Sprintf("sshd[%d]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)", t.pid())
	case 2:
		return fmt.Sprintf("postfix/smtpd[%d]: connect from mail%d.example.net[%s]", t.pid(), t.IntN(50), client)
	case 3:
		return fmt.Sprintf("postfix/qmgr[%d]: %X: from=<news@example.org>, size=%d, nrcpt=1 (queue active)", t.pid(), t.Uint32(), t.IntN(1e6))
	case 4:
		return fmt.Sprintf("CRON[%d]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)", t.pid())
	case 5:
		return fmt.Sprintf("dovecot: imap-login: Login: user=<anna>, method=PLAIN, rip=%s, lip=192.0.2.1, mpid=%d, TLS, session=<%x>", client, t.pid(), t.Uint64())
	case 6:
		return fmt.Sprintf("kernel: [%d.%06d] eth0: renamed from veth%x", t.pid(), t.IntN(1e6), t.Uint32())
	case 7:
		return fmt.Sprintf("systemd[1]: Started Session %d of user déploiement.", t.pid())
	case 8:
		return fmt.Sprintf("named[%d]: zone example.net/IN: sending notifies (serial %d)", t.pid(), t.Uint32())
	default:
		return fmt.Sprintf(`apache: %s - - "GET /index.html HTTP/1.1" 200 %d "-" "Mozilla/5.0 (X11; Linux x86_64)"`, client, t.IntN(1e5))
	}
}

// attack is a line that rules look for.
func (t traffic) attack() string { return t.attackBy(attacker(t.IntN(t.attackers))) }

func (t traffic) attackBy(ip string) string {
	user := t.pick("admin", "test", "oracle", "ubuntu", "git", "Zoë", "x from 192.0.2.1", "\xff\xfe")
	switch t.IntN(8) {
	case 0:
		return fmt.Sprintf("sshd[%d]: Failed password for invalid user %s from %s port %d ssh2", t.pid(), user, ip, t.port())
	case 1:
		return fmt.Sprintf("sshd[%d]: Failed password for root from %s port %d ssh2", t.pid(), ip, t.port())
	case 2:
		return fmt.Sprintf("sshd[%d]: Invalid user %s from %s port %d", t.pid(), user, ip, t.port())
	case 3:
		return fmt.Sprintf("sshd[%d]: Connection closed by authenticating user root %s port %d [preauth]", t.pid(), ip, t.port())
	case 4:
		return fmt.Sprintf("postfix/smtpd[%d]: warning: unknown[%s]: SASL LOGIN authentication failed: UGFzc3dvcmQ6", t.pid(), ip)
	case 5:
		return fmt.Sprintf("dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.1", user, ip)
	case 6:
		return fmt.Sprintf("named[%d]: client @0x%x %s#%d (example.org): query (cache) 'example.org/ANY/IN' denied", t.pid(), t.Uint32(), ip, t.port())
	default:
		return fmt.Sprintf(`asterisk[%d]: NOTICE[%d] chan_sip.c: Registration from '"%s" <sip:100@192.0.2.1>' failed for '%s:%d' - Wrong password`, t.pid(), t.pid(), user, ip, t.port())
	}
}

// mixed is an attack in so many of a hundred lines.
func (t traffic) mixed(attacks int) string {
	if t.IntN(100) < attacks {
		return t.attack()
	}
	return t.benign()
}

// auth is a line of an auth.log.
func (t traffic) auth() string {
	ip, client := attacker(t.IntN(t.attackers)), fmt.Sprintf("192.0.2.%d", t.IntN(256))
	switch t.IntN(10) {
	case 0:
		return fmt.Sprintf("sshd[%d]: Failed password for invalid user %s from %s port %d ssh2", t.pid(), t.pick("admin", "test", "oracle"), ip, t.port())
	case 1:
		return fmt.Sprintf("sshd[%d]: Failed password for root from %s port %d ssh2", t.pid(), ip, t.port())
	case 2:
		return fmt.Sprintf("sshd[%d]: Invalid user %s from %s port %d", t.pid(), t.pick("ubuntu", "git", "postgres"), ip, t.port())
	case 3:
		return fmt.Sprintf("sshd[%d]: Connection closed by authenticating user root %s port %d [preauth]", t.pid(), ip, t.port())
	case 4:
		return fmt.Sprintf("sshd[%d]: Received disconnect from %s port %d:11: Bye Bye [preauth]", t.pid(), ip, t.port())
	case 5:
		return fmt.Sprintf("sshd[%d]: Accepted publickey for deploy from %s port %d ssh2: ED25519 SHA256:%x%x", t.pid(), client, t.port(), t.Uint64(), t.Uint64())
	case 6:
		return fmt.Sprintf("sshd[%d]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)", t.pid())
	case 7:
		return fmt.Sprintf("CRON[%d]: pam_unix(cron:session): session closed for user root", t.pid())
	case 8:
		return fmt.Sprintf("sudo:   deploy : TTY=pts/%d ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/systemctl reload nginx", t.IntN(20))
	default:
		return fmt.Sprintf("systemd-logind[512]: New session %d of user deploy.", t.IntN(1e6))
	}
}

// web is a line of an access log, half of them asking for what is not there.
func (t traffic) web() string {
	return fmt.Sprintf(`%s - - "%s %s%d/%x%s HTTP/1.1" %s %d "-" "Mozilla/5.0 (%x)"`, attacker(t.IntN(t.attackers)),
		t.pick("GET", "POST", "HEAD", "PUT"), t.pick("/wp-login", "/phpmyadmin", "/cgi-bin", "/solr", "/manager", "/index"), t.IntN(80),
		t.Uint32(), t.pick(".php", "?q=select", "/etc/passwd", "/..", ".html"), t.pick("200", "403", "404"), t.IntN(1e5), t.Uint64())
}

func lines(n int, line func() string) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = []byte(line())
	}
	return all
}
