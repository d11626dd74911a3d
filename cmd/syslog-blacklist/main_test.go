package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"syslog-blacklist/internal/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// programs builds both programs once and returns the directory they are in.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "syslog-blacklist-test-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // other users run them too
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, "syslog-blacklist/cmd/...").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

// program returns the path of one of our programs.
func program(t *testing.T, name string) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// process is a program that runs beside the test.
type process struct {
	*exec.Cmd
	t    *testing.T
	done chan struct{} // closed when it has ended
	mu   sync.Mutex
	out  bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// launch starts a program and ends it with the test.
func launch(t *testing.T, name string, args ...string) *process {
	t.Helper()
	return start(t, exec.Command(name, args...))
}

// start is launch for a command that somebody prepared.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: cmd, t: t, done: make(chan struct{})}
	p.Stdout, p.Stderr = p, p
	if p.SysProcAttr == nil {
		p.SysProcAttr = &syscall.SysProcAttr{}
	}
	p.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.Wait()
	}()
	t.Cleanup(func() { p.stop(syscall.SIGTERM) })
	return p
}

// stop sends a signal and waits for the end.
func (p *process) stop(s syscall.Signal) {
	p.Process.Signal(s)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.Process.Kill()
		p.t.Errorf("%s did not end on signal %v", p.Path, s)
	}
}

// says waits until the program has written text.
func (p *process) says(text string) {
	p.t.Helper()
	until(p.t, fmt.Sprintf("%s says %q", filepath.Base(p.Path), text), func() bool { return strings.Contains(p.String(), text) }, p)
}

// until waits for a condition and fails after a while, with what logs say.
func until(t *testing.T, what string, ok func() bool, logs ...fmt.Stringer) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Errorf("waited in vain: %s", what)
	for _, l := range logs {
		t.Logf("log:\n%s", l)
	}
	t.FailNow()
}

// syslogBlacklist runs the program to its end and returns its exit status and output.
func syslogBlacklist(t *testing.T, args ...string) (status int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t, "syslog-blacklist"), args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// freshState hides the host's state directory, which a program without a
// configuration uses.
func freshState(t *testing.T) {
	t.Helper()
	kerneltest.Run(t, "mount", "-t", "tmpfs", "none", "/var/lib")
	t.Cleanup(func() { kerneltest.Run(t, "umount", "-l", "/var/lib") })
}

// file writes a file into a directory of the test's and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// inSet tells whether the kernel's set holds addr.
func inSet(t *testing.T, set, addr string) bool {
	t.Helper()
	return strings.Contains(kerneltest.Run(t, "ipset", "save", set), "add "+set+" "+addr+" ")
}
