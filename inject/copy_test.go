package inject

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newCopy(t *testing.T, path string) (*copyFile, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c := &copyFile{path: path, trouble: trouble{log: slog.New(slog.NewTextHandler(&log, nil)), what: "copy"}}
	if err := c.follow(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.file.Close() })
	return c, &log
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheCopyAppendsAndFollowsARotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "error.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := newCopy(t, path)
	write := func(line string) {
		t.Helper()
		c.checked = time.Time{} // the check is due
		if _, err := c.write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	write("one\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write("two\n")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write("three\n")
	if got, want := content(t, path+".1"), "before\none\n"; got != want {
		t.Errorf("the rotated file holds %q, want %q", got, want)
	}
	if got, want := content(t, path), "three\n"; got != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
}

func TestTheCopyStaysWithTheOldFileWhileTheNewOneCanNotBeMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c, log := newCopy(t, filepath.Join(dir, "error.log"))
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one\n", "two\n"} {
		c.checked = time.Time{}
		if _, err := c.write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, filepath.Join(dir+".old", "error.log")); got != "one\ntwo\n" {
		t.Errorf("the old file holds %q", got)
	}
	if n := strings.Count(log.String(), "copy fails"); n != 1 {
		t.Errorf("told %d times, want once:\n%s", n, log)
	}
}

func TestAFullDiskLosesTheOldestLinesAndCountsThem(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	c, log := newCopy(t, "/dev/full")
	r := newRing(1000)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(ctx, r)
	}()
	const lines = 10_000
	for i := range lines { // never waits
		r.push(time.Now(), fmt.Appendf(nil, "line %d", i))
	}
	r.close()
	cancel()
	<-done
	if lost := c.pending.Load() + r.len() + r.takeLost(); lost != lines {
		t.Errorf("%d of %d lines counted", lost, lines)
	}
	if n := strings.Count(log.String(), "no space left on device"); n != 1 {
		t.Errorf("told %d times, want once:\n%s", n, log)
	}
}
