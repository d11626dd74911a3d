package main_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

const journaldProgram = "/lib/systemd/systemd-journald"

// On a journald-only system: a real journald with the shipped forward.conf, and
// its messages at a socket that the daemon is handed as systemd does it.
func TestTheJournalsWay(t *testing.T) {
	kerneltest.Require(t, "ipset", "logger", "setpriv", journaldProgram)
	publicDir(t) // ordinary users must be had
	for _, trusted := range []bool{false, true} {
		t.Run(fmt.Sprint("trust_users ", trusted), func(t *testing.T) {
			args := shippedRules(t, fmt.Sprintf("trust_users: %t\n", trusted))
			daemon := activate(t, journalDir+"/syslog", append([]string{program(t, "syslog-blacklist")}, args...)...)
			daemon.says("bans in force")
			journald(t)

			const failed = "Failed password for root from "
			log := []string{"logger", "-u", journalDir + "/dev-log", "-p", "auth.info", "-t", "sshd[77]"}
			asUser := append([]string{"--reuid=1000", "--regid=1000", "--clear-groups"}, log...)
			for range 5 {
				kerneltest.Run(t, "setpriv", append(asUser, failed+"203.0.113.8 port 22 ssh2")...)
				kerneltest.Run(t, log[0], append(log[1:], failed+"203.0.113.9 port 22 ssh2")...)
			}
			daemon.says("blacklisting 203.0.113.9 for ")
			if !inSet(t, "blacklist", "203.0.113.9") {
				t.Error("the attacker that the journal tells of is not in the set")
			}
			// The user's lines came before, and are judged by now.
			if got := inSet(t, "blacklist", "203.0.113.8"); got != trusted {
				t.Errorf("an ordinary user's word bans: %v, want %v", got, trusted)
			}
		})
	}
}

const journalDir = "/run/systemd/journal" // the namespace's own

// journald runs journald with the shipped forward.conf.
func journald(t *testing.T) {
	t.Helper()
	put(t, "/run/systemd/journald.conf.d/50-syslog-blacklist.conf", snippet(t, "journald/forward.conf"))
	put(t, "/run/systemd/journald.conf.d/99-test.conf", "[Journal]\nStorage=none\nReadKMsg=no\n")
	p := launch(t, journaldProgram)
	until(t, "journald listens", func() bool { _, err := os.Stat(journalDir + "/dev-log"); return err == nil }, p)
}

// activate runs a program that is handed a datagram socket, by the protocol of
// sd_listen_fds(3).
func activate(t *testing.T, path string, argv ...string) *process {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(filepath.Dir(path)) })
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	handed, err := socket.File()
	if err != nil {
		t.Fatal(err)
	}
	defer handed.Close()
	// LISTEN_PID is known only once the process is there.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`}, argv...)...)
	cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=syslog.socket")
	cmd.ExtraFiles = []*os.File{handed}
	return start(t, cmd)
}
