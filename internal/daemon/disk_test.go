package daemon

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/metrics"
)

func TestAfterARebootEveryBanIsBackWithItsRemainingTime(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.send("long from 2001:db8:1:2::9")
	r.listed("blacklist", "203.0.113.9")
	r.listed("blacklist6", "2001:db8:1:2::/64")
	r.end()
	kerneltest.Run(t, "ipset", "destroy") // the kernel begins empty

	r = start(t, c)
	for set, addr := range map[string]string{"blacklist": "203.0.113.9", "blacklist6": "2001:db8:1:2::/64"} {
		options := r.listed(set, addr)
		if s := timeoutOf(t, options); s < 12*3600-60 || s > 12*3600 {
			t.Errorf("%s comes back for %d s, want the rest of 12 h", addr, s)
		}
		if !strings.Contains(options, `comment "long"`) {
			t.Errorf("%s comes back as %q, without its entry", addr, options)
		}
	}
}

func TestADamagedStateFileIsPutAsideAndSaid(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	r.end()
	files, err := filepath.Glob(filepath.Join(c.State, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("state files: %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Size() > 20 {
			if err := os.WriteFile(f, []byte("this is no state file at all"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	r = start(t, c)
	if !strings.Contains(r.log.String(), "the state file could not be read to its end") {
		t.Errorf("the log does not tell:\n%s", r.log)
	}
	r.send("long from 203.0.113.10")
	r.listed("blacklist", "203.0.113.10")
	r.listed("blacklist", "203.0.113.9") // the kernel had it still
}

func TestADiskThatFailsIsAnAlarmAndStopsNothing(t *testing.T) {
	c := configuration(t, testRules)
	c.State = "/proc/nowhere" // nobody can make a directory there
	r := start(t, c)
	r.until("the alarm", func() bool { return strings.Contains(r.log.String(), "write the state failed") })
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	r.until("the counter", func() bool { return r.snapshot().StateErrors > 0 })
	r.stop()
	if err := <-r.done; err == nil {
		t.Error("the end does not tell that the state was not kept")
	}
	r.done = nil
}

func TestTwoDaemonsDoNotShareAState(t *testing.T) {
	c := configuration(t, testRules)
	start(t, c)
	_, err := Open(t.Context(), c, metrics.Build{Version: "test"}, slog.New(slog.DiscardHandler))
	if !errors.Is(err, ledger.ErrLocked) {
		t.Errorf("Open = %v, want ErrLocked", err)
	}
}

// mounted mounts a file system of its own and returns its directory.
func mounted(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	kerneltest.Run(t, "mount", "-t", "tmpfs", "-o", options, "none", dir)
	t.Cleanup(func() { kerneltest.Run(t, "umount", "-l", dir) })
	return dir
}

func TestAFullDiskAndAReadOnlyOneStopNothing(t *testing.T) {
	for name, options := range map[string]string{"full": "size=64k", "read-only": "ro"} {
		t.Run(name, func(t *testing.T) {
			c := configuration(t, testRules)
			c.State = mounted(t, options)
			r := start(t, c)
			for i := range 2000 { // some 300 KiB of state
				r.send("long from 198.51.%d.%d", i/256, i%256)
			}
			r.until("all in force", func() bool { return len(members(t, "blacklist")) == 2000 })
			r.until("the alarm", func() bool { return strings.Contains(r.log.String(), "write the state failed") })
			// With a source mount takes none of the old options: it would hand on an owner
			// that a user namespace does not know.
			kerneltest.Run(t, "mount", "-t", "tmpfs", "-o", "remount,rw,size=4m", "none", c.State)
			r.end() // which writes what the disk can take now
			kerneltest.Run(t, "ipset", "destroy")
			r = start(t, c)
			r.until("all back", func() bool { return len(members(t, "blacklist")) == 2000 })
		})
	}
}

func TestTheSetsAreRefilledBeforeTheDaemonStarts(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	log := slog.New(slog.NewTextHandler(r.log, nil))
	if err := Refill(c, log); err != nil { // beside the daemon it changes nothing
		t.Fatal(err)
	}
	r.end()
	kerneltest.Run(t, "ipset", "destroy")
	if err := Refill(c, log); err != nil {
		t.Fatal(err)
	}
	options, ok := members(t, "blacklist")["203.0.113.9"]
	if !ok {
		t.Fatalf("not refilled:\n%s", r.log)
	}
	if s := timeoutOf(t, options); s < 12*3600-60 {
		t.Errorf("refilled for %d s", s)
	}
	c.State = filepath.Join(t.TempDir(), "none")
	if err := Refill(c, log); err != nil {
		t.Errorf("without a state: %v", err)
	}
	if _, err := os.Stat(c.State); err == nil {
		t.Error("the state directory was made, by somebody who need not be the daemon's user")
	}
}
