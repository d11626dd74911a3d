package main_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

func TestWhatWaitsInTheSocketsWhenItIsToldToStopIsBanned(t *testing.T) {
	kerneltest.Require(t, "ipset")
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	path := filepath.Join(t.TempDir(), "log")
	rules := file(t, "rules.conf", "[e]\n1h\n^sshd: x from {IP_NUMBER}$\n")
	conf := file(t, "conf.yaml", "listen: [udp://127.0.0.1:5514, tcp://127.0.0.1:5514, 'unixgram://"+path+"']\ntrust_users: true\nweb: off\nstate: "+t.TempDir()+"\n")
	d := launch(t, program(t, "syslog-blacklist"), "run", "--config", conf, "--rules", rules)
	d.says("bans in force")

	attack := func(c net.Conn, format string, n int) {
		t.Helper()
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "<38>sshd: x from "+format+"\n", i>>8, i&255)
			if c.RemoteAddr().Network() == "tcp" && i < n-1 {
				continue
			}
			if _, err := c.Write([]byte(text.String())); err != nil {
				t.Fatal(err)
			}
			text.Reset()
		}
	}
	stream, datagrams, local := sender(t, "tcp", "127.0.0.1:5514"), sender(t, "udp", "127.0.0.1:5514"), sender(t, "unixgram", path)
	attack(stream, "203.0.%d.%d", 1)
	d.says("blacklisting 203.0.0.0") // it is accepted

	if err := d.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const n = 2000
	attack(stream, "100.64.%d.%d", n)
	attack(datagrams, "100.80.%d.%d", n)
	attack(local, "100.96.%d.%d", 10) // more the kernel does not let wait
	d.Process.Signal(syscall.SIGTERM)
	d.stop(syscall.SIGCONT)

	saved := kerneltest.Run(t, "ipset", "save", "blacklist")
	for prefix, want := range map[string]int{"100.64.": n, "100.80.": n, "100.96.": 10} {
		if got := strings.Count(saved, "add blacklist "+prefix); got != want {
			t.Errorf("%d of %d addresses of %s are banned\n%s", got, want, prefix, d)
		}
	}
}

func sender(t *testing.T, network, address string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
