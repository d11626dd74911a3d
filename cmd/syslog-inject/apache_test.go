package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/syslog"
)

const patience = 20 * time.Second

// Apache 2.4 logs a missing file at level info. Its user is a number, nobody's,
// so that no account need exist.
const apacheConfig = `
ServerRoot %[1]s
ServerName www.example.org
DefaultRuntimeDir %[1]s
PidFile httpd.pid
Listen 127.0.0.1:8080
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
User #65534
Group #65534
DocumentRoot %[1]s
LogLevel warn core:info
ErrorLog "|%[2]s"
`

// apache is a running web server whose error log is a syslog-inject.
type apache struct {
	program string // the path of syslog-inject
	config  string
	process *exec.Cmd
	output  bytes.Buffer
}

// startApache starts Apache in the foreground with syslog-inject, given args,
// for its error log, and waits until it answers.
func startApache(t *testing.T, args string) *apache {
	t.Helper()
	kerneltest.Require(t, "apache2")
	if !mapped(65534) {
		skip(t, "Apache refuses to serve as root, and this user namespace has no other user: run the test as root")
	}
	dir := publicDir(t)
	a := &apache{program: program(t), config: filepath.Join(dir, "httpd.conf")}
	text := fmt.Sprintf(apacheConfig, dir, a.program+" "+args)
	if err := os.WriteFile(a.config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	a.process = exec.Command("apache2", "-f", a.config, "-DFOREGROUND")
	a.process.Stdout, a.process.Stderr = &a.output, &a.output
	if err := a.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.stop(t) })
	await(t, "Apache's answer", func() bool { return get("/") == nil })
	return a
}

// stop ends Apache, and demands that nothing of it stays.
func (a *apache) stop(t *testing.T) {
	t.Helper()
	if a.process.ProcessState != nil {
		return
	}
	a.process.Process.Signal(syscall.SIGTERM)
	if err := a.process.Wait(); err != nil {
		t.Errorf("apache2: %v", err)
	}
	if t.Failed() {
		t.Logf("apache2 said:\n%s", a.output.Bytes())
	}
	await(t, "the end of the last injector", func() bool { return len(a.injectors(t)) == 0 })
}

// injectors returns the process ids of the injectors that run.
func (a *apache) injectors(t *testing.T) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if line, _ := os.ReadFile(file); bytes.HasPrefix(line, append([]byte(a.program), 0)) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// publicDir makes a directory that every user can read, with a name short enough
// for a socket in it.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "inject")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// skip ends a test that this machine can't run; with CI=true that is a failure.
func skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// mapped reports whether this user namespace has a user of that number.
func mapped(uid int) bool {
	dir, err := os.MkdirTemp("", "mapped")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	return os.Chown(dir, uid, uid) == nil
}

func await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// get asks for a page that does not exist, as 127.0.0.9.
func get(path string) error {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	client := http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
	}
	answer, err := client.Get("http://127.0.0.1:8080" + path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// line reads one message from conn and returns it as rules see it.
func line(t *testing.T, conn net.PacketConn) string {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1<<16)
	n, _, err := conn.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	var m syslog.Message
	syslog.Parse(&m, buf[:n])
	return string(m.Line)
}

func TestARequestForPhpMyAdminBecomesAMessageThatNamesTheClient(t *testing.T) {
	receiver, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	startApache(t, "--tag apache --to udp://"+receiver.LocalAddr().String())
	if err := get("/phpMyAdmin-2.1/"); err != nil {
		t.Fatal(err)
	}
	for {
		got := line(t, receiver)
		if strings.HasPrefix(got, "apache: [") && strings.Contains(got, "[client 127.0.0.9:") && strings.Contains(got, "/phpMyAdmin-2.1/") {
			return
		}
		t.Log(got)
	}
}

func TestApacheServesWhileTheReceiverIsAway(t *testing.T) {
	startApache(t, "--tag apache --to tcp://127.0.0.1:5514")
	for i := range 1000 { // some 200 bytes each: the pipe holds 64 KiB
		if err := get(fmt.Sprint("/phpMyAdmin-", i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTenGracefulRestartsUnderLoadLoseNoLineThatWasRead(t *testing.T) {
	dir := publicDir(t)
	receiver, err := net.ListenPacket("unixgram", filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	var arrived []string
	var received sync.WaitGroup
	received.Go(func() {
		buf := make([]byte, 1<<16)
		for {
			n, _, err := receiver.ReadFrom(buf)
			if err != nil {
				return
			}
			_, text, _ := strings.Cut(string(buf[:n]), " apache: ")
			arrived = append(arrived, text)
		}
	})

	a := startApache(t, fmt.Sprintf("--tag apache --to unix://%[1]s/log --copy %[1]s/copy", dir))
	ctx, cancel := context.WithCancel(context.Background())
	var load sync.WaitGroup
	var served atomic.Int64
	for range 2 {
		load.Go(func() {
			for ctx.Err() == nil {
				if err := get(fmt.Sprint("/phpMyAdmin-", served.Add(1))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for restart := range int64(10) {
		await(t, "more requests", func() bool { return served.Load() > 100*restart })
		before := a.injectors(t)
		kerneltest.Run(t, "apache2", "-f", a.config, "-k", "graceful")
		await(t, "a new injector in the place of the old", func() bool {
			now := a.injectors(t)
			return len(now) == 1 && !slices.Contains(before, now[0])
		})
	}
	cancel()
	load.Wait()
	a.stop(t)
	receiver.SetReadDeadline(time.Now().Add(time.Second)) // what waits is read
	received.Wait()
	receiver.Close()

	text, err := os.ReadFile(filepath.Join(dir, "copy"))
	if err != nil {
		t.Fatal(err)
	}
	read := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	lost := 0
	arrived = slices.DeleteFunc(arrived, func(text string) bool {
		var n int
		_, err := fmt.Sscanf(text, "syslog-inject: lines lost: %d", &n)
		lost += n
		return err == nil
	})
	t.Logf("%d requests, %d lines read, %d arrived, %d lost", served.Load(), len(read), len(arrived), lost)
	if len(read) != len(arrived)+lost {
		t.Errorf("%d lines read, but %d arrived and %d were told as lost", len(read), len(arrived), lost)
	}
	if slices.Sort(read); lost == 0 {
		slices.Sort(arrived)
		if diff := cmp.Diff(read, arrived); diff != "" {
			t.Errorf("(-read +arrived)\n%.2000s", diff)
		}
	}
}
