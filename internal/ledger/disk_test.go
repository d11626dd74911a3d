package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// machine is a state directory and the two clocks of the machine it is on.
type machine struct {
	*testing.T
	dir string
	now ledger.Time
}

func newMachine(t *testing.T) *machine { return &machine{t, t.TempDir(), at(0)} }

// inMemory moves the machine to where a sync costs nothing, for tests that open
// hundreds of files and don't ask how the disk does it.
func (m *machine) inMemory() *machine {
	dir, err := os.MkdirTemp("/dev/shm", "ledger")
	if err != nil {
		return m // only slower
	}
	m.Cleanup(func() { os.RemoveAll(dir) })
	m.dir = dir
	return m
}

func (m *machine) clock() ledger.Time { return m.now }

func (m *machine) wait(d time.Duration) {
	m.now.Boot += d
	m.now.Wall = m.now.Wall.Add(d)
}

// start opens the directory with a new ledger.
func (m *machine) start() (*ledger.Ledger, *ledger.Disk) {
	m.Helper()
	l := ledger.New(ledger.Config{}, spare.New())
	d, err := ledger.Open(l, m.dir, m.clock)
	if err != nil {
		m.Fatal(err)
	}
	return l, d
}

func (m *machine) stop(d *ledger.Disk) {
	m.Helper()
	if err := d.Close(); err != nil {
		m.Fatal(err)
	}
}

// contents is all that a ledger remembers, as it is at now.
func contents(l *ledger.Ledger, now ledger.Time) []ledger.Ban {
	var all []ledger.Ban
	for _, set := range []ledger.Set{ledger.Blacklist, ledger.Whitelist} {
		l.Each(now, set, func(b ledger.Ban) bool {
			b.Since, b.Until = b.Since.Round(time.Millisecond), b.Until.Round(time.Millisecond)
			all = append(all, b)
			return true
		})
	}
	slices.SortFunc(all, func(a, b ledger.Ban) int {
		return 2*a.Prefix.Compare(b.Prefix) + int(a.Set) - int(b.Set)
	})
	return all
}

var samePrefix = cmpopts.EquateComparable(netip.Prefix{})

func (m *machine) same(want, got []ledger.Ban) {
	m.Helper()
	if diff := cmp.Diff(want, got, samePrefix); diff != "" {
		m.Fatalf("what is remembered (-want +got):\n%s", diff)
	}
}

// fill makes one of everything.
func (m *machine) fill(l *ledger.Ledger) {
	doubling := block(10 * time.Minute)
	doubling.DoublingTo = day
	for range 11 { // eight past bans, and more
		l.Hit(m.now, hit(entry("doubling", doubling), "203.0.113.1"))
		l.Unban(m.now, netip.MustParsePrefix("203.0.113.1/32"), "root", false)
		m.wait(time.Minute)
	}
	l.Hit(m.now, hit(entry("doubling", doubling), "203.0.113.1"))
	l.Hit(m.now, hit(entry("for ever", block(rules.Forever)), "2001:db8::1"))
	l.Hit(m.now, hit(entry("login", accept(hour)), "203.0.113.2"))
	if err := l.Ban(m.now, netip.MustParsePrefix("198.51.100.0/24"), week, "by hand", "root"); err != nil {
		m.Fatal(err)
	}
	l.Adopt(m.now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.3/32"), hour, "in the kernel")
	l.Hit(m.now, hit(entry("short", block(time.Minute)), "203.0.113.4"))
	m.wait(30 * time.Second)
}

func TestARestartBringsEverythingBack(t *testing.T) {
	m := newMachine(t)
	l, d := m.start()
	m.fill(l)
	want := contents(l, m.now)
	past, more := l.Past(m.now, netip.MustParseAddr("203.0.113.1"))
	m.stop(d)

	l, d = m.start()
	m.same(want, contents(l, m.now))
	gotPast, gotMore := l.Past(m.now, netip.MustParseAddr("203.0.113.1"))
	if diff := cmp.Diff(past, gotPast); diff != "" || more != gotMore || more != 3 {
		t.Errorf("past, and %d more where %d were (-want +got):\n%s", gotMore, more, diff)
	}
	if f := d.Found(); f.Bans != 5 || f.Accepts != 1 || f.Past != 8 || f.Damage != nil || f.ClockBehind {
		t.Errorf("found %+v", f)
	}
	m.wait(24*time.Hour + time.Minute) // once more, from the journal behind the snapshot
	l.Expire(m.now)
	l.Hit(m.now, hit(entry("new", block(day)), "203.0.113.5"))
	want = contents(l, m.now)
	m.stop(d)
	l, d = m.start()
	m.same(want, contents(l, m.now))
	m.stop(d)
}

func TestWhatIsOverDoesNotComeBack(t *testing.T) {
	m := newMachine(t)
	l, d := m.start()
	l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.1"))
	l.Hit(m.now, hit(entry("x", block(time.Minute)), "203.0.113.2"))
	l.Hit(m.now, hit(entry("login", accept(hour)), "203.0.113.3"))
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	m.wait(time.Minute)
	l.Unban(m.now, netip.MustParsePrefix("203.0.113.1/32"), "root", false)
	l.Expire(m.now)
	l.Unaccept(m.now, netip.MustParsePrefix("203.0.113.3/32"), "root")
	m.stop(d)
	_, d = m.start()
	if f := d.Found(); f.Bans != 0 || f.Accepts != 0 || f.Past != 2 {
		t.Errorf("found %+v, want two past bans", f)
	}
	m.stop(d)
}

func TestARebootKeepsWhatWasLeft(t *testing.T) {
	for _, test := range []struct {
		name        string
		off         time.Duration // how long the machine is off, by the wall clock
		left        time.Duration // of a ban of one hour that had 50 minutes left; 0: over
		clockBehind bool
	}{
		{"off for a while", 20 * time.Minute, 30 * time.Minute, false},
		{"off for longer than the ban", 2 * hour, 0, false},
		{"a clock that was set back a little", -time.Minute, 50 * time.Minute, true},
		{"no battery behind the clock", -50 * 365 * day, 50 * time.Minute, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t)
			l, d := m.start()
			l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.9"))
			l.Hit(m.now, hit(entry("x", block(rules.Forever)), "203.0.113.10"))
			m.wait(10 * time.Minute)
			m.stop(d)
			m.now = ledger.Time{Boot: 5 * time.Second, Wall: m.now.Wall.Add(test.off)}
			if test.off < -day {
				m.now.Wall = time.Unix(5, 0) // the clock of such a machine begins with the boot
			}
			l, d = m.start()
			if f := d.Found(); f.ClockBehind != test.clockBehind {
				t.Errorf("found %+v", f)
			}
			if b, ok := l.Lookup(m.now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32")); b.Remaining != test.left || ok != (test.left > 0) {
				t.Errorf("%s left, want %s", b.Remaining, test.left)
			}
			if b, _ := l.Lookup(m.now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.10/32")); b.Remaining != rules.Forever {
				t.Errorf("%s left of for ever", b.Remaining)
			}
			if ended := l.Expire(m.now); len(ended) == 1 != (test.left == 0) {
				t.Errorf("ended %+v", ended)
			}
			l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.11")) // a file with times of both boots?
			m.stop(d)
			m.wait(time.Minute)
			l, d = m.start()
			left := max(test.left-time.Minute, 0)
			if b, _ := l.Lookup(m.now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32")); b.Remaining != left {
				t.Errorf("%s left after another restart, want %s", b.Remaining, left)
			}
			m.stop(d)
		})
	}
}

func TestAStepOfTheWallClockIsNotTakenForTimeThatPassed(t *testing.T) {
	m := newMachine(t)
	m.now.Wall = time.Date(1970, 1, 1, 0, 0, 9, 0, time.UTC)
	l, d := m.start()
	l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.9"))
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	m.wait(10 * time.Minute)
	m.now.Wall = at(0).Wall // the network told the time
	m.stop(d)
	l, d = m.start()
	defer m.stop(d)
	if b, _ := l.Lookup(m.now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32")); b.Remaining != 50*time.Minute {
		t.Errorf("%s left, want 50m", b.Remaining)
	}
}

func TestAQuietLedgerStillTellsTheFileTheTime(t *testing.T) {
	m := newMachine(t)
	l, d := m.start()
	l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.9"))
	for range 20 {
		if err := d.Flush(); err != nil {
			t.Fatal(err)
		}
		m.wait(time.Minute)
	}
	left := m.crash(d)
	left.now = ledger.Time{Wall: time.Unix(0, 0)} // and no battery behind the clock
	l, d = left.start()
	if b, _ := l.Lookup(left.now, ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32")); b.Remaining != 41*time.Minute {
		t.Errorf("%s left, want 41m", b.Remaining)
	}
	left.stop(d)
}

// crash returns a machine whose disk is as that of m is now.
func (m *machine) crash(d *ledger.Disk) *machine {
	m.Helper()
	file, err := os.ReadFile(filepath.Join(m.dir, "ledger"))
	if err != nil {
		m.Fatal(err)
	}
	m.stop(d)
	other := newMachineIn(m)
	if err := os.WriteFile(filepath.Join(other.dir, "ledger"), file, 0o600); err != nil {
		m.Fatal(err)
	}
	return other
}

func TestWhatChangesWhileTheFileIsWrittenAnewIsInIt(t *testing.T) {
	m := newMachine(t)
	var halves, step atomic.Int64
	clock := func() ledger.Time { // goes fast, and is set now and then
		now := at(time.Duration(halves.Add(1)) * 500 * time.Millisecond)
		now.Wall = now.Wall.Add(time.Duration(step.Load()))
		return now
	}
	l := ledger.New(ledger.Config{}, spare.New())
	for i := range 20_000 { // some seconds of the clock to write
		l.Adopt(at(0), ledger.Blacklist, numbered(i), rules.Forever, "before")
	}
	d, err := ledger.Open(l, m.dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		for i := range 20_000 {
			if i%3 == 0 {
				l.Unban(at(0), numbered(i), "root", true)
			} else if err := l.Ban(at(0), numbered(20_000+i), rules.Forever, "meanwhile", "root"); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		step.Add(int64(time.Minute)) // which has the file written anew
		if err := d.Flush(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
			if n := d.Status().Rewrites; n < 2 {
				t.Errorf("written anew %d times", n)
			}
			m.now = clock()
			want := prefixesOf(contents(l, m.now))
			left := m.crash(d)
			got, _ := left.start()
			if diff := cmp.Diff(want, prefixesOf(contents(got, m.now)), samePrefix); diff != "" {
				t.Errorf("remembered (-want +got):\n%s", diff)
			}
			return
		default:
		}
	}
}

func prefixesOf(bans []ledger.Ban) []netip.Prefix {
	var all []netip.Prefix
	for _, b := range bans {
		all = append(all, b.Prefix)
	}
	return all
}

func TestAFileCutAnywhereOpens(t *testing.T) {
	m := newMachine(t).inMemory()
	states, file := m.journal(6)
	lengths := offsets(t, file)
	for cut := range len(file) {
		whole := 0
		for whole < len(lengths) && lengths[whole] <= cut {
			whole++
		}
		m.damaged(file[:cut], states, whole, lengths)
	}
}

func TestAFlippedByteAnywhereEndsTheReplayThere(t *testing.T) {
	m := newMachine(t).inMemory()
	states, file := m.journal(6)
	lengths := offsets(t, file)
	for at := range file {
		bad := bytes.Clone(file)
		bad[at] ^= 0x41
		whole := 0
		for whole < len(lengths) && lengths[whole] <= at {
			whole++
		}
		m.damaged(bad, states, whole, lengths)
	}
}

// journal returns a file to which n bans were flushed one by one, and what the
// ledger held after each record of it.
func (m *machine) journal(n int) (states map[int][]netip.Prefix, file []byte) {
	m.Helper()
	l, d := m.start()
	if err := d.Flush(); err != nil {
		m.Fatal(err)
	}
	states = map[int][]netip.Prefix{}
	for i := range n {
		l.Hit(m.now, hit(entry("x", block(hour)), fmt.Sprintf("203.0.113.%d", i)))
		if err := d.Flush(); err != nil {
			m.Fatal(err)
		}
		var held []netip.Prefix
		for _, b := range contents(l, m.now) {
			held = append(held, b.Prefix)
		}
		states[int(d.Status().Size)] = held
	}
	m.stop(d)
	file, err := os.ReadFile(filepath.Join(m.dir, "ledger"))
	if err != nil {
		m.Fatal(err)
	}
	return states, file
}

// offsets returns where each record of the file ends; the header is the first.
func offsets(t *testing.T, file []byte) []int {
	at := bytes.IndexByte(file, '\n') + 1
	all := []int{at}
	for at < len(file) {
		at += 8 + int(file[at]) + int(file[at+1])<<8
		all = append(all, at)
	}
	if at != len(file) {
		t.Fatal("the file does not end with a record")
	}
	return all
}

// damaged opens a file whose first records, whole of them, are good, and whose
// remains were put aside.
func (m *machine) damaged(file []byte, states map[int][]netip.Prefix, whole int, lengths []int) {
	m.Helper()
	other := newMachineIn(m)
	name := filepath.Join(other.dir, "ledger")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		m.Fatal(err)
	}
	l, d := other.start()
	var want, got []netip.Prefix
	good := 0
	if whole > 0 {
		good = lengths[whole-1]
		for end, held := range states {
			if end <= good && len(held) > len(want) {
				want = held
			}
		}
	}
	for _, b := range contents(l, other.now) {
		got = append(got, b.Prefix)
	}
	if !slices.Equal(got, want) {
		m.Fatalf("%d good bytes of %d: %v, want %v", good, len(file), got, want)
	}
	if whole > 0 && good == len(file) {
		if d.Found().Damage != nil {
			m.Fatalf("cut between records: %v", d.Found().Damage)
		}
		other.stop(d)
		return
	}
	aside, err := os.ReadFile(filepath.Join(other.dir, "ledger.damaged"))
	if d.Found().Damage == nil || err != nil || !bytes.Equal(aside, file) {
		m.Fatalf("%d good bytes of %d: found %+v, put aside %d bytes, %v", good, len(file), d.Found(), len(aside), err)
	}
	other.stop(d)
	l, d = other.start() // a fresh one was begun
	if f := d.Found(); f.Damage != nil || len(contents(l, other.now)) != len(want) {
		m.Fatalf("opened again: %+v", f)
	}
	other.stop(d)
}

func newMachineIn(m *machine) *machine {
	m.Helper()
	dir, err := os.MkdirTemp(m.dir, "")
	if err != nil {
		m.Fatal(err)
	}
	return &machine{m.T, dir, m.now}
}

func TestAFileOfAnotherVersionIsPutAside(t *testing.T) {
	m := newMachine(t)
	name := filepath.Join(m.dir, "ledger")
	if err := os.WriteFile(name, []byte("syslog-blacklist ledger 2\nwho knows"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, d := m.start()
	want := "read " + name + ": no header of this version"
	if f := d.Found(); f.Damage == nil || f.Damage.Error() != want || f.Aside != name+".damaged" {
		t.Errorf("found %+v, want %s", f, want)
	}
	m.stop(d)
}

func TestWhatCannotBeReadIsPutAside(t *testing.T) {
	m := newMachine(t)
	name := filepath.Join(m.dir, "ledger")
	if err := os.Mkdir(name, 0o700); err != nil { // unreadable as a file, for root too
		t.Fatal(err)
	}
	l, d := m.start()
	if f := d.Found(); !errors.Is(f.Damage, syscall.EISDIR) || f.Aside != name+".damaged" {
		t.Errorf("found %+v", f)
	}
	l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.1"))
	m.stop(d)
	l, d = m.start()
	if n := len(contents(l, m.now)); n != 1 || d.Found().Damage != nil {
		t.Errorf("%d bans, found %+v", n, d.Found())
	}
	m.stop(d)
}

func TestAFloodIsWrittenAsAWhole(t *testing.T) {
	m := newMachine(t)
	l, d := m.start()
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	for i := range 70_000 {
		l.Adopt(m.now, ledger.Blacklist, numbered(i), hour, "in the kernel")
	}
	if err := d.Flush(); err != nil || d.Status().Rewrites != 2 {
		t.Errorf("error %v, written anew %d times, want twice", err, d.Status().Rewrites)
	}
	want := contents(l, m.now)
	m.stop(d)
	l, d = m.start()
	if !slices.Equal(contents(l, m.now), want) {
		t.Error("something else is read")
	}
	m.stop(d)
}

func TestTheFileIsWrittenAnewWhenItIsTwiceItsContents(t *testing.T) {
	m := newMachine(t)
	l, d := m.start()
	for i := range 30_000 {
		r := hit(entry("x", block(hour)), fmt.Sprintf("203.0.113.%d", i%50))
		l.Hit(m.now, r)
		l.Unban(m.now, netip.PrefixFrom(r.Hit.Addr, 32), "root", i%2 == 0)
		if i%25 == 24 {
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := d.Status()
	if s.Rewrites < 2 || s.Size > 2<<20 {
		t.Errorf("written anew %d times, %d bytes now", s.Rewrites, s.Size)
	}
	m.stop(d)
}

func TestAFileThatIsAllNeededIsNotWrittenAnew(t *testing.T) {
	m := newMachine(t)
	l, d := m.start()
	for i := range 40_000 {
		l.Adopt(m.now, ledger.Blacklist, numbered(i), hour, "in the kernel")
		if i%4000 == 0 {
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := d.Status(); s.Rewrites != 1 {
		t.Errorf("written anew %d times, want once: at the beginning", s.Rewrites)
	}
	m.stop(d)
}

func TestAFullDiskDegradesToMemoryAndRecovers(t *testing.T) {
	if os.Getenv(childFull) == "" { // the limit would hold for go test's own log too
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), childFull+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		begun bool // a file was there before the disk was full
	}{{"with a file", true}, {"without a file", false}} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t)
			l, d := m.start()
			l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.1"))
			if test.begun {
				if err := d.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100, Max: old.Max}); err != nil {
				t.Fatal(err)
			}
			for i := range 5 {
				m.wait(time.Second)
				if got := l.Hit(m.now, hit(entry("x", block(hour)), fmt.Sprintf("203.0.113.%d", 10+i))).Result; got != ledger.Banned {
					t.Errorf("result %d", got)
				}
				if err := d.Flush(); !errors.Is(err, syscall.EFBIG) {
					t.Errorf("error %v", err)
				}
			}
			s := d.Status()
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
				t.Fatal(err)
			}
			if s.Err == nil || s.Failures == 0 || !s.Since.Equal(at(time.Second).Wall) {
				t.Errorf("status %+v", s)
			}
			m.wait(time.Minute)
			if err := d.Flush(); err != nil || d.Status().Err != nil {
				t.Errorf("after the disk had room: %v, %+v", err, d.Status())
			}
			want := contents(l, m.now)
			m.stop(d)
			l, d = m.start()
			if len(want) != 6 || d.Found().Damage != nil {
				t.Errorf("%d bans, found %+v", len(want), d.Found())
			}
			m.same(want, contents(l, m.now))
			m.stop(d)
		})
	}
}

func TestADirectoryThatCannotBeWrittenIsAnAlarm(t *testing.T) {
	m := newMachine(t)
	m.dir = filepath.Join(m.dir, "file", "state")
	if err := os.WriteFile(filepath.Dir(m.dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, d := m.start()
	if d.Status().Err == nil {
		t.Error("no alarm")
	}
	if got := l.Hit(m.now, hit(entry("x", block(hour)), "203.0.113.1")).Result; got != ledger.Banned {
		t.Errorf("result %d", got)
	}
	if err := d.Close(); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("error %v", err)
	}
}

func TestRunWritesEverySecondUntilItsContextEnds(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		booted := time.Now() // as the bubble has it
		clock := func() ledger.Time { return ledger.Time{Boot: time.Since(booted), Wall: time.Now()} }
		l := ledger.New(ledger.Config{}, spare.New())
		d, err := ledger.Open(l, dir, clock)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- d.Run(ctx) }()
		last := int64(0)
		for i := range 3 {
			if err := l.Ban(clock(), numbered(i), hour, "x", "root"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1100 * time.Millisecond)
			if size := d.Status().Size; size <= last {
				t.Errorf("%d bytes after ban %d, %d before", size, i, last)
			} else {
				last = size
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyOneProcessHasTheDirectory(t *testing.T) {
	m := newMachine(t)
	_, d := m.start()
	_, err := ledger.Open(ledger.New(ledger.Config{}, spare.New()), m.dir, m.clock)
	want := "open state directory " + m.dir + ": another syslog-blacklist uses it"
	if !errors.Is(err, ledger.ErrLocked) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	m.stop(d)
	_, d = m.start()
	m.stop(d)
}
