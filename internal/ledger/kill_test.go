package ledger_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
)

// A child of the test only writes: each step bans ten addresses, lifts the ten
// oldest of a hundred, flushes, and says so.
const (
	childDir   = "LEDGER_TEST_CHILD_DIR"
	childFirst = "LEDGER_TEST_CHILD_FIRST"
	childFull  = "LEDGER_TEST_CHILD_FULL" // another child, whose disk is full
	window     = 100
	step       = 10
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		first, _ := strconv.Atoi(os.Getenv(childFirst))
		fmt.Fprintln(os.Stderr, write(dir, first))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func numbered(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
}

func realClock() ledger.Time {
	return ledger.Time{Boot: time.Since(start) + time.Hour, Wall: time.Now()}
}

var start = time.Now()

func write(dir string, first int) error {
	l := ledger.New(ledger.Config{}, spare.New())
	d, err := ledger.Open(l, dir, realClock)
	if err != nil {
		return err
	}
	for n := first; ; n += step {
		for i := n + 1; i <= n+step; i++ {
			if err := l.Ban(realClock(), numbered(i), day, "a reason that fills the file", "root"); err != nil {
				return err
			}
			l.Unban(realClock(), numbered(i-window), "root", true)
		}
		if err := d.Flush(); err != nil {
			return err
		}
		fmt.Println(n + step)
	}
}

// TestKillingTheWriterLosesNothingThatWasFlushed kills it LEDGER_TEST_KILLS times.
func TestKillingTheWriterLosesNothingThatWasFlushed(t *testing.T) {
	kills := 25
	if n, err := strconv.Atoi(os.Getenv("LEDGER_TEST_KILLS")); err == nil {
		kills = n
	}
	dir := newMachine(t).inMemory().dir
	said := 0
	for range kills {
		said = max(said, writeAndKill(t, dir, said))
		l := ledger.New(ledger.Config{}, spare.New())
		d, err := ledger.Open(l, dir, realClock)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Status().Err; err != nil {
			t.Fatal(err)
		}
		highest := 0
		l.Each(realClock(), ledger.Blacklist, func(b ledger.Ban) bool {
			a := b.Prefix.Addr().As4()
			i := int(a[1])<<16 | int(a[2])<<8 | int(a[3])
			if i <= said-window || i > said+2*step {
				t.Fatalf("%d is banned, and %d was the last flushed", i, said)
			}
			highest = max(highest, i)
			return true
		})
		// One step may be on the disk and unsaid, another half.
		for i := max(1, said-window+1+2*step); i <= said; i++ {
			if _, ok := l.Lookup(realClock(), ledger.Blacklist, numbered(i)); !ok {
				t.Fatalf("%d is lost; %d was the last flushed", i, said)
			}
		}
		// What a step left half done is finished, so that the next child begins evenly.
		said = (highest + step - 1) / step * step
		for i := max(1, said-window-2*step); i <= said; i++ {
			if i <= said-window {
				l.Unban(realClock(), numbered(i), "root", true)
			} else if err := l.Ban(realClock(), numbered(i), day, "x", "root"); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if said == 0 {
		t.Fatal("no child flushed anything before it was killed")
	}
	t.Logf("%d kills, %d bans flushed", kills, said)
}

// writeAndKill runs the child for a random while and returns the last step that it
// said was flushed.
func writeAndKill(t *testing.T, dir string, first int) (said int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childFirst+"="+strconv.Itoa(first))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // its end is the signal's
	lines := bufio.NewScanner(out)
	life := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() }) // should it say nothing
	defer life.Stop()
	for lines.Scan() {
		if said == 0 {
			life.Reset(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		}
		if said, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	return said
}
