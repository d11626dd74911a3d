package main_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"syslog-blacklist/internal/kerneltest"
)

// The session that README asks to paste.
func TestWithoutAnyFileTheShippedDefaultsGuard(t *testing.T) {
	kerneltest.Require(t, "ipset", "logger")
	freshState(t)
	for _, path := range []string{"/etc/syslog-blacklist.yaml", "/etc/syslog-blacklist.conf"} {
		if _, err := os.Stat(path); err == nil {
			t.Fatalf("%s exists: this test is about a fresh installation", path)
		}
	}
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	d := launch(t, program(t, "syslog-blacklist"), "run")
	d.says("bans in force")
	for range 5 {
		kerneltest.Run(t, "logger", "-n", "127.0.0.1", "-P", "5514", "-d", "-p", "auth.info", "-t", "sshd[4711]",
			"Failed password for root from 203.0.113.9 port 50022 ssh2")
	}
	d.says("blacklisting 203.0.113.9 for sshd password duration=10m until=")
	if !inSet(t, "blacklist", "203.0.113.9") {
		t.Error("it was said, and the set does not hold it")
	}
	d.stop(syscall.SIGTERM)
	d.says("1 bans stay in force")
	if code := d.ProcessState.ExitCode(); code != 0 {
		t.Errorf("SIGTERM ends it with status %d", code)
	}
}

func TestStandardInputIsReadToItsEnd(t *testing.T) {
	kerneltest.Require(t, "ipset")
	rules := file(t, "rules.conf", "[e]\n1h\n^sshd\\[\\d+\\]: x from {IP_NUMBER}$\n")
	log := file(t, "auth.log", "Nov 21 10:00:00 host sshd[1]: x from 203.0.113.9\nNov 21 10:00:01 host sshd[1]: x from 203.0.113.10\n")
	out := kerneltest.Run(t, "sh", "-c", program(t, "syslog-blacklist")+" run --dry-run --config "+
		file(t, "conf.yaml", "web: off\nstate: "+t.TempDir()+"\n")+" --rules "+rules+" --listen stdin 2>&1 < "+log)
	for _, want := range []string{"blacklisting 203.0.113.9 for e", "blacklisting 203.0.113.10 for e", "dry run: nothing is written to the kernel"} {
		if !strings.Contains(out, want) {
			t.Errorf("the log lacks %q:\n%s", want, out)
		}
	}
	if sets := kerneltest.Run(t, "ipset", "list", "-name"); sets != "" {
		t.Errorf("a dry run made sets: %s", sets)
	}
}

func TestSystemdIsTold(t *testing.T) {
	kerneltest.Require(t, "ipset")
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	told := func(want string) {
		t.Helper()
		b := make([]byte, 1024)
		l.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := l.Read(b)
		if err != nil || !strings.HasPrefix(string(b[:n]), want) {
			t.Fatalf("systemd was told %q, %v; want %q", b[:n], err, want)
		}
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	freshState(t)
	rules := file(t, "rules.conf", "[e]\n1h\n^sshd: x from {IP_NUMBER}$\n")
	d := launch(t, program(t, "syslog-blacklist"), "run", "--rules", rules)
	told("READY=1")
	d.Process.Signal(syscall.SIGHUP)
	told("RELOADING=1\nMONOTONIC_USEC=")
	told("READY=1")
	d.stop(syscall.SIGTERM)
	told("STOPPING=1")
}
