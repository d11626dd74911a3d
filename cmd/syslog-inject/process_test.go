package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlySIGTERMEndsTheProgramAndNotBeforeItHasReadWhatIsThere(t *testing.T) {
	receiver, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	process := exec.Command(program(t), "--to", "udp://"+receiver.LocalAddr().String())
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	// The first line shows that the program has set up its signals.
	for i, signal := range []os.Signal{syscall.Signal(0), syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGTERM} {
		fmt.Fprintln(in, "line", i)
		if i == 0 {
			line(t, receiver)
			continue
		}
		if err := process.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if got, want := line(t, receiver), fmt.Sprint("inject: line ", i); got != want {
			t.Errorf("after %v: %q, want %q", signal, got, want)
		}
	}
	if err := process.Wait(); err != nil { // its input is still open
		t.Errorf("exit: %v", err)
	}
}

func TestItGivesUpRootOnceTheCopyIsOpen(t *testing.T) {
	nobody, err := user.Lookup("nobody")
	if err != nil || !mapped(65534) {
		skip(t, "there is no user nobody here to become: run the test as root")
	}
	receiver, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	private := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	process := exec.Command(program(t), "--user", "nobody", "--copy", filepath.Join(private, "log"),
		"--to", "udp://"+receiver.LocalAddr().String())
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "text\n")
	line(t, receiver)
	// Every thread must have become that user, with that user's groups alone.
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", process.Process.Pid))
	if err != nil || len(tasks) == 0 {
		t.Fatal(tasks, err)
	}
	uid, gid := nobody.Uid, nobody.Gid
	want := []string{
		"Uid:" + strings.Repeat("\t"+uid, 4), "Gid:" + strings.Repeat("\t"+gid, 4), "Groups:\t" + gid, "CapEff:\t0000000000000000",
	}
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(strings.Split(string(status), "\n"), func(l string) bool {
			return !strings.HasPrefix(l, "Uid:") && !strings.HasPrefix(l, "Gid:") && !strings.HasPrefix(l, "Groups:") && !strings.HasPrefix(l, "CapEff:")
		})
		for i := range got {
			got[i] = strings.TrimRight(got[i], " ")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", task, diff)
		}
	}
	in.Close()
	if err := process.Wait(); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(private, "log")); string(text) != "text\n" {
		t.Errorf("the copy holds %q, %v", text, err)
	}
}
