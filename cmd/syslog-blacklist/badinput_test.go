package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/kerneltest"
)

// Every mistake is one clear error that names the object and the remedy, exit
// status 1, and nothing changed: no set is made.
func TestBadInput(t *testing.T) {
	kerneltest.Require(t, "ipset")
	freshState(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	entry := "[e]\n1h\n^sshd: x from {IP_NUMBER}$\n"
	rules := write("good.conf", entry)
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cert, otherKey := mismatch(t, dir)

	for _, tt := range []struct{ name, config, rules, want string }{
		{"an unknown key", "lisen: []\n", entry,
			`CONFIG:1:1: unknown key "lisen" in the configuration; known are `},
		{"a set name too long", "sets: {blacklist: an-extraordinarily-long-name}\n", entry,
			`CONFIG:1:19: set name "an-extraordinarily-long-name" is too long: 28 bytes, at most 26`},
		{"a bad regex", "", "[e]\n1h\n^sshd: (x from {IP_NUMBER}\n", "RULES:3:"},
		{"a missing duration", "", "[e]\n^sshd: x from {IP_NUMBER}\n", "RULES:2:1:"},
		{"a rule without address", "", "[e]\n1h\n^sshd: x$\n", "RULES:3:1:"},
		{"a directive inside an entry", "", "[e]\n1h\n^sshd: x from {IP_NUMBER}\nnever 192.0.2.1\n", "RULES:4:1:"},
		{"a placeholder inside a class", "", "[e]\n1h\n^sshd: x from [{IP_NUMBER}]\n", "RULES:3:"},
		{"an unreadable file", "rules: " + dir + "/none.conf\n", "", "none.conf: "},
		{"a port in use", "listen: [udp://" + taken.LocalAddr().String() + "]\n", entry,
			"listen on udp://" + taken.LocalAddr().String() + ": address already in use: another program listens there"},
		{"UDP beyond loopback without trust", "listen: [\"udp://0.0.0.0:0\"]\n", entry,
			"listen on udp://0.0.0.0:0: refused without trust"},
		{"a certificate that does not match its key",
			"listen: [\"tls://127.0.0.1:0\"]\ntls: {cert: " + cert + ", key: " + otherKey + "}\n", entry, "private key does not match public key"},
		{"a web address in use", "web: " + busy(t) + "\n", entry, "address already in use"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"run", "--config", write("conf.yaml", tt.config)}
			if tt.rules != "" {
				args = append(args, "--rules", write("rules.conf", tt.rules))
			}
			status, out := syslogBlacklist(t, args...)
			want := strings.NewReplacer("CONFIG", dir+"/conf.yaml", "RULES", dir+"/rules.conf").Replace(tt.want)
			if status != 1 || !strings.HasPrefix(out, "syslog-blacklist: ") || !strings.Contains(out, want) {
				t.Errorf("status %d, output:\n%swant status 1 and %q", status, out, want)
			}
			if sets := kerneltest.Run(t, "ipset", "list", "-name"); sets != "" {
				t.Errorf("sets were made: %s", sets)
			}
		})
	}
	t.Run("a set of another type", func(t *testing.T) {
		kerneltest.Run(t, "ipset", "create", "whitelist6", "bitmap:port", "range", "0-9")
		defer kerneltest.Run(t, "ipset", "destroy")
		status, out := syslogBlacklist(t, "run", "--rules", rules, "--listen", "udp://127.0.0.1:0")
		if status != 1 || !strings.Contains(out, "set whitelist6 has type bitmap:port") {
			t.Errorf("status %d, output:\n%s", status, out)
		}
	})
	t.Run("no privilege", func(t *testing.T) {
		cmd := exec.Command(program(t, "syslog-blacklist"), "run", "--rules", rules, "--listen", "udp://127.0.0.1:0")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, // every capability there, none here
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}}}
		out, _ := cmd.CombinedOutput()
		want := []string{"CAP_NET_ADMIN", "hint: run it as root or with CAP_NET_ADMIN, or try it with --dry-run"}
		for _, w := range want {
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), w) {
				t.Errorf("status %d, output:\n%swant %q", cmd.ProcessState.ExitCode(), out, w)
			}
		}
	})
}

func TestWrongUseIsStatusTwoWithAHint(t *testing.T) {
	for _, args := range [][]string{{"frobnicate"}, {"run", "--frobnicate"}, {"check", "argument"}, {"firewall", "frobnicate"}} {
		status, out := syslogBlacklist(t, args...)
		if status != 2 || !strings.Contains(out, "hint: syslog-blacklist --help") {
			t.Errorf("%q: status %d, output:\n%s", args, status, out)
		}
	}
}

func TestCheckReportsEveryFaultAndChangesNothing(t *testing.T) {
	rules := file(t, "rules.conf", "[one]\n1h\n^sshd(\n[two]\n5x\n^sshd: from {IP_NUMBER}$\n[three]\n1h\n^sshd: from [{IP_NUMBER}]\n")
	status, out := syslogBlacklist(t, "check", "--rules", rules)
	for _, want := range []string{rules + ":3:1: ", rules + ":5:1: ", rules + ":9:"} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("status %d, output lacks %s:\n%s", status, want, out)
		}
	}
	good := file(t, "good.conf", "[e]\n1h\n^vsftpd: x from {IP_NUMBER}$\n")
	status, out = syslogBlacklist(t, "check", "--rules", good)
	if diff := cmp.Diff(good+": 1 entries, no faults\n", out); status != 0 || diff != "" {
		t.Errorf("status %d, -want +got:\n%s", status, diff)
	}
}

// busy returns a TCP address that somebody listens on.
func busy(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// mismatch writes a certificate and the key of another.
func mismatch(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	one, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	two, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, one.Public(), one)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(two)
	if err != nil {
		t.Fatal(err)
	}
	save := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return save("cert.pem", "CERTIFICATE", der), save("key.pem", "PRIVATE KEY", private)
}
