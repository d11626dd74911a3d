package receiver

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hand returns the file of a socket, as systemd hands it over, and closes the socket.
func hand(t *testing.T, c interface {
	File() (*os.File, error)
	Close() error
}) *os.File {
	t.Helper()
	f, err := c.File()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return f
}

// unixSocket binds a unix datagram socket.
func unixSocket(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestActivationUsesSocketsForTheirURLs(t *testing.T) {
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv6loopback})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "log")
	_, port, _ := net.SplitHostPort(all.LocalAddr().String())
	urls := []string{"udp://" + udp.LocalAddr().String(), "udp://:" + port, "tcp://" + tcp.Addr().String(), "unixgram://" + path}
	files := []*os.File{hand(t, unixSocket(t, path)), hand(t, tcp), hand(t, all), hand(t, udp)}
	trust := NewTrust(Sender{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, Sender{Prefix: netip.MustParsePrefix("::1/128")})
	ls, err := open(urls, Options{Trust: trust, TrustUsers: true}, files) // whoever runs the test
	if err != nil {
		t.Fatal(err)
	}
	if len(ls) != len(urls) {
		t.Fatalf("%d listeners of %d URLs", len(ls), len(urls))
	}
	for i, l := range ls {
		h, c := collect()
		run(t, l, h)
		if l.URL() != urls[i] {
			t.Errorf("listener of %s is called %s", urls[i], l.URL())
		}
		switch l.Addr().Network() {
		case "unixgram":
			logAs(t, path, uint32(os.Getuid()), "app: 1")
		default:
			send(t, dial(t, l), "app: 1\n")
		}
		expect(t, c, "app: 1")
	}
}

// journald sends to /run/systemd/journal/syslog what syslog(3) gave it, or a line without host in local time, each with the credentials
// of who logged it.
func TestActivationListensOnAUnixSocketThatNoURLNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syslog")
	ls, err := open(nil, Options{}, []*os.File{hand(t, unixSocket(t, path))})
	if err != nil {
		t.Fatal(err)
	}
	if len(ls) != 1 || ls[0].URL() != "unixgram://"+path {
		t.Fatalf("listeners %v", ls)
	}
	h, c := collect()
	t.Run("while it runs", func(t *testing.T) {
		run(t, ls[0], h)
		logAs(t, path, 0, "<38>Oct  9 22:14:15 sshd[7]: Invalid user a from 192.0.2.1 port 2")
		logAs(t, path, 1000, "<38>Oct  9 22:14:15 sshd[7]: Invalid user a from 192.0.2.2 port 2")
		logAs(t, path, 0, "<38>Oct  9 22:14:15 sshd[7]: Invalid user a from 192.0.2.3 port 2")
		expect(t, c, "sshd[7]: Invalid user a from 192.0.2.1 port 2", "sshd[7]: Invalid user a from 192.0.2.3 port 2")
		if s := ls[0].Stats(); s.DroppedUntrusted != 1 {
			t.Errorf("stats %+v", s)
		}
	})
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the path is systemd's and must stay: %v", err)
	}
}

// Without PassCredentials=yes in the socket unit the kernel does not note who sent what is queued before we ask it to.
func TestActivationDoesNotBelieveWhatCameBeforeCredentialsWereAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syslog")
	socket := hand(t, unixSocket(t, path))
	early, err := net.Dial("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	send(t, early, "app: early")
	ls, err := open(nil, Options{}, []*os.File{socket})
	if err != nil {
		t.Fatal(err)
	}
	h, c := collect()
	run(t, ls[0], h)
	logAs(t, path, 0, "app: later")
	expect(t, c, "app: later")
	if s := ls[0].Stats(); s.DroppedUntrusted != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestActivationOfNetworkSocketsNeedsTrust(t *testing.T) {
	all, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(all.LocalAddr().String())
	_, err = open([]string{"udp://:" + port}, Options{}, []*os.File{hand(t, all)})
	if err == nil || !strings.Contains(err.Error(), "refused without trust") {
		t.Errorf("error %v", err)
	}
}

func TestActivationFaultsNameTheSocket(t *testing.T) {
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	place := "udp://" + udp.LocalAddr().String()
	_, err = open(nil, Options{}, []*os.File{hand(t, udp)})
	if want := "inherited socket " + place + ": no URL names it: add it to listen, or take it from the socket unit"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(nil, Options{}, []*os.File{file})
	if want := "inherited file /dev/null: socket operation on non-socket; the socket unit must have ListenDatagram= or ListenStream= with Accept=no"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// child, set in the environment, makes this test binary the program that systemd starts.
const child = "RECEIVER_TEST_CHILD"

// The child gets the socket as descriptor 3 and says what comes by it.
func TestActivationFollowsTheProtocolOfSystemd(t *testing.T) {
	if os.Getenv(child) != "" {
		activated(t)
		return
	}
	path := filepath.Join(t.TempDir(), "syslog")
	socket := hand(t, unixSocket(t, path))
	defer socket.Close()
	if err := passCredentials(int(socket.Fd())); err != nil { // PassCredentials=yes
		t.Fatal(err)
	}
	logAs(t, path, uint32(os.Getuid()), "app: through systemd")
	// LISTEN_PID is known only once the process is there.
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0],
		"-test.run=^TestActivationFollowsTheProtocolOfSystemd$", "-test.v")
	cmd.Env = append(os.Environ(), child+"=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=syslog.socket")
	cmd.ExtraFiles = []*os.File{socket}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("child: %v", err)
	}
	if !strings.Contains(out.String(), "RECEIVED app: through systemd") {
		t.Errorf("the child said:\n%s", out.String())
	}
}

func activated(t *testing.T) {
	ls, err := Open(nil, Options{TrustUsers: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(ls) != 1 || os.Getenv("LISTEN_FDS") != "" {
		t.Fatalf("%d listeners, LISTEN_FDS=%s", len(ls), os.Getenv("LISTEN_FDS"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = ls[0].Run(ctx, func(b *Batch) {
		os.Stdout.WriteString("RECEIVED " + string(b.Messages[0].Line) + "\n")
		cancel()
	})
	if err != nil {
		t.Error(err)
	}
}
