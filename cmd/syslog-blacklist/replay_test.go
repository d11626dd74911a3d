package main_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestReplayScripts runs the commands that look at lines and ask no daemon.
func TestReplayScripts(t *testing.T) { offline(t, "testdata/replay") }

// offline runs the scripts of a directory, which need neither daemon nor kernel.
func offline(t *testing.T, dir string) {
	path := filepath.Dir(program(t, "syslog-blacklist"))
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", path+":"+os.Getenv("PATH"))
			e.Setenv("TZ", "UTC")
			return nil
		},
	})
}

// terminal opens a pseudo-terminal: what is written to tty is read from screen.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen = os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return screen, tty
}

// onTerminal runs the program with a terminal for its standard error, and for its
// standard output too where both is set. It returns what each showed.
func onTerminal(t *testing.T, both bool, env []string, args ...string) (stdout, shown string) {
	t.Helper()
	screen, tty := terminal(t)
	var out bytes.Buffer
	cmd := exec.Command(program(t, "syslog-blacklist"), args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, tty
	if both {
		cmd.Stdout = tty
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()                  // the program's own is the last
	all, _ := io.ReadAll(screen) // ends with EIO when that is closed
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, all)
	}
	return out.String(), string(all)
}

// write makes a file with rules or lines.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheProgressBarIsDrawnOnATerminalAndWipedOut(t *testing.T) {
	rules := write(t, "rules.conf", "[a]\n1h\n^a: {IP_NUMBER}$\n")
	log := write(t, "a.log", strings.Repeat("a: 203.0.113.9\n", 100_000))
	stdout, shown := onTerminal(t, false, nil, "test", "--rules", rules, log)
	if !strings.HasPrefix(stdout, "100000 lines: ") || strings.Contains(stdout, "\x1b") {
		t.Errorf("standard output: %.200q", stdout)
	}
	if !strings.HasPrefix(shown, "\r[") || !strings.Contains(shown, " % of 1.4 MiB ") || !strings.HasSuffix(shown, "\r\x1b[K") {
		t.Errorf("the terminal showed %.200q", shown)
	}
	if _, shown := onTerminal(t, true, nil, "test", "--json", "--rules", rules, log); strings.Contains(shown, "%") {
		t.Errorf("a bar between the objects: %.200q", shown)
	}
}

func TestAnExplanationHasColourOnATerminalUnlessNoColorIsSet(t *testing.T) {
	rules := write(t, "rules.conf", "[a]\n1h\n^a: {IP_NUMBER}$\n")
	args := []string{"explain", "--rules", rules, "a: 203.0.113.9"}
	if _, shown := onTerminal(t, true, nil, args...); !strings.Contains(shown, "\x1b[1mVerdict\x1b[0m") {
		t.Errorf("no colour: %q", shown)
	}
	if _, shown := onTerminal(t, true, []string{"NO_COLOR=1"}, args...); strings.Contains(shown, "\x1b") {
		t.Errorf("colour in spite of NO_COLOR: %q", shown)
	}
}
