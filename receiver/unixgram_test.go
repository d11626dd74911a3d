package receiver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// logAs sends one message to a unix socket with a user's credentials, as journald forwards what a user logged. Telling another
// user's needs CAP_SETUID.
func logAs(t *testing.T, path string, uid uint32, text string, more ...byte) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	credentials := unix.UnixCredentials(&unix.Ucred{Pid: int32(os.Getpid()), Uid: uid, Gid: uint32(os.Getgid())})
	err = unix.Sendmsg(fd, []byte(text), append(credentials, more...), &unix.SockaddrUnix{Name: path}, 0)
	if err == unix.EPERM {
		needRoot(t)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// needRoot skips the test for want of privilege, which CI must have.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("needs CAP_SETUID")
	}
	t.Skip("needs CAP_SETUID")
}

func TestUnixgramBelievesServicesAndNotUsers(t *testing.T) {
	for _, trustUsers := range []bool{false, true} {
		t.Run(fmt.Sprintf("trust users %v", trustUsers), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			h, c := collect()
			l := start(t, "unixgram://"+path, Options{TrustUsers: trustUsers}, h)
			logAs(t, path, 0, "app: root")
			logAs(t, path, 999, "app: service")
			logAs(t, path, 1000, "app: user")
			logAs(t, path, 65534, "app: nobody")
			logAs(t, path, 0, "app: end")
			if trustUsers {
				expect(t, c, "app: root", "app: service", "app: user", "app: nobody", "app: end")
				return
			}
			expect(t, c, "app: root", "app: service", "app: end")
			if s := l.Stats(); s.DroppedUntrusted != 2 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestUnixgramIsOpenToEveryProgramAndRemovedAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	t.Run("while it runs", func(t *testing.T) {
		start(t, "unixgram://"+path, Options{}, func(*Batch) {})
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if m := info.Mode(); m.Type() != os.ModeSocket || m.Perm() != 0o666 {
			t.Errorf("mode %v", m)
		}
	})
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

func TestUnixgramLeavesTheSocketOfASuccessor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	ls, err := Open([]string{"unixgram://" + path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	start(t, "unixgram://"+path, Options{}, func(*Batch) {})
	ls[0].close()
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestUnixgramReplacesAStaleSocketOnly(t *testing.T) {
	dir := t.TempDir()
	stale, used, file := filepath.Join(dir, "stale"), filepath.Join(dir, "used"), filepath.Join(dir, "file")
	for _, path := range []string{stale, used} {
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if path == stale {
			conn.Close() // the path stays
		}
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, "unixgram://"+stale, Options{}, func(*Batch) {})
	expectFault(t, "unixgram://"+used, Options{},
		"address already in use: another program listens there; stop it (ss -lp shows it) or choose another address")
	expectFault(t, "unixgram://"+file, Options{}, file+" is no socket: remove it or choose another path")
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// A sender may attach descriptors. They must not end up in our table.
func TestUnixgramTakesNoDescriptors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	h, c := collect()
	start(t, "unixgram://"+path, Options{}, h)
	logAs(t, path, 0, "app: first")
	expect(t, c, "app: first")
	before := descriptors(t)
	for range 20 {
		logAs(t, path, 0, "app: with descriptors", unix.UnixRights(0, 1, 2)...)
		expect(t, c, "app: with descriptors")
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d open files, %d before", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
