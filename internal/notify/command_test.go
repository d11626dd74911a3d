package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script writes a program and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "told")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandGetsItsArgumentsAsTheyAreAndTheDigestOnItsInput(t *testing.T) {
	dir := t.TempDir()
	path := script(t, "cd \"$1\" || exit\ncat >input\nprintf '%s' \"$2\" >argument\nprintf 'done\\nand more'\n")
	var log bytes.Buffer
	want := example()
	argument := "$(touch x); `touch y` 'z"
	c := command{"c", []string{path, dir, argument}, slog.New(slog.NewTextHandler(&log, nil))}
	if err := c.send(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := read("argument"); got != argument {
		t.Errorf("argument %q", got)
	}
	var got Digest
	if err := json.Unmarshal([]byte(read("input")), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Text, got.Text); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "?")); len(files) > 0 {
		t.Errorf("a shell has seen the argument: %v", files)
	}
	if !strings.Contains(log.String(), `wrote \"done\\nand more\"`) {
		t.Errorf("the output is not logged and quoted: %s", &log)
	}
}

func TestACommandThatFailsIsAFailureWithItsOutputCutAndQuoted(t *testing.T) {
	path := script(t, "printf 'no \\033[2J\\n' >&2\nhead -c 100000 /dev/zero\nexit 3\n")
	err := command{"c", []string{path}, slog.New(slog.DiscardHandler)}.send(t.Context(), example())
	if err == nil || !strings.Contains(err.Error(), `exit status 3; it wrote "no \x1b[2J\n\x00`) || len(err.Error()) > 5*maxAnswer {
		t.Errorf("error %q", err)
	}
	if err := (command{"c", []string{"/nonexistent"}, slog.New(slog.DiscardHandler)}).send(t.Context(), example()); err == nil {
		t.Error("no error")
	}
}

func TestACommandThatHangsIsKilledWithItsChildren(t *testing.T) {
	fifo := t.TempDir()
	path := script(t, "sleep 1000 & echo $! >\"$1/pid\"\necho started\nwait\n")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- command{"c", []string{path, fifo}, slog.New(slog.DiscardHandler)}.send(ctx, example())
	}()
	var pid string
	until(t, "the child", func() bool {
		b, _ := os.ReadFile(filepath.Join(fifo, "pid"))
		pid = strings.TrimSpace(string(b))
		return pid != ""
	})
	cancel()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "took too long and was killed") {
		t.Errorf("error %v", err)
	}
	until(t, "the child's end", func() bool {
		b, err := os.ReadFile("/proc/" + pid + "/stat")
		return err != nil || strings.Contains(string(b), ") Z ") // nobody may be there to reap it
	})
}

// until polls for a condition and fails after a while.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}
