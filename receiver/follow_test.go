package receiver

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// book is a log file that a test writes.
type book struct {
	t    *testing.T
	path string
	file *os.File
}

// openBook opens path for appending, as programs that log do.
func openBook(t *testing.T, path string) *book {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &book{t, path, f}
}

func (b *book) write(s string) {
	b.t.Helper()
	if _, err := b.file.WriteString(s); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// follow follows the files of a URL until the test ends, and returns once those that are there have been looked at.
func follow(t *testing.T, url string, o Options) (*Listener, chan got) {
	t.Helper()
	h, c := collect()
	return start(t, url, o, h), c
}

// sync writes lines into the file until it is followed, so that what is written afterwards is new to the follower.
func (b *book) sync(c chan got) {
	b.t.Helper()
	for end := time.Now().Add(patience); len(c) == 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatal("the file is not followed")
		}
		b.write("app: try\n")
	}
	b.write("app: synced\n")
	for g := range c {
		if strings.HasSuffix(g.Line, "app: synced") {
			return
		}
	}
}

func TestFileIsFollowedFromItsEnd(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	b.write("app: old\n")
	_, c := follow(t, "file://"+b.path, Options{})
	b.sync(c)
	b.write("<38>Oct  9 22:14:15 host sshd[7]: text\n")
	expect(t, c, "sshd[7]: text")
}

func TestFileIsReadAsSoonAsItGrows(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	h, c := collect()
	l := &Listener{options: Options{}.withDefaults(), close: func() error { return nil }}
	f := newFollower(l)
	f.pattern, f.poll = b.path, time.Hour // so that only the kernel's notice wakes it
	l.run = f.run
	run(t, l, h)
	b.sync(c)
	b.write("app: 1\n")
	expect(t, c, "app: 1")
}

func TestFileWithATagHoldsApplicationLines(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	_, c := follow(t, "file://"+b.path+"?tag=named", Options{})
	b.sync(c)
	b.write("client @0x7f 192.0.2.1#5 (example.org): denied\n2: sshd[7]: not a tag\n")
	expect(t, c, "named: client @0x7f 192.0.2.1#5 (example.org): denied", "named: 2: sshd[7]: not a tag")
}

func TestFileLineWrittenInTwoHalvesIsOneMessage(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	b.write("app: 1 ")
	h, c := collect()
	l := &Listener{options: Options{}.withDefaults()}
	f := newFollower(l)
	f.pattern, f.out, f.buffer = b.path, newOutbox(l, h), make([]byte, fullBuffer)
	for _, half := range []string{"begun before the start\n", "app: 2 ", "begun later\n"} {
		f.look(time.Now(), noWatcher)
		f.read(time.Now())
		b.write(half)
	}
	f.read(time.Now())
	expect(t, c, "app: 1 begun before the start", "app: 2 begun later")
	if len(c) > 0 {
		t.Errorf("more came: %v", <-c)
	}
}

func TestFileThatAppearsLaterIsReadFromItsBeginning(t *testing.T) {
	dir := t.TempDir()
	_, c := follow(t, "file://"+dir+"/*.log", Options{})
	first := openBook(t, filepath.Join(dir, "1.log"))
	first.sync(c)
	second := openBook(t, filepath.Join(dir, "2.log"))
	second.write("app: 1\napp: 2\n")
	expect(t, c, "app: 1", "app: 2")
	openBook(t, filepath.Join(dir, "3.txt")).write("app: other\n")
	first.write("app: 3\n")
	expect(t, c, "app: 3")
}

func TestFileInADirectoryThatAppearsLaterIsRead(t *testing.T) {
	root := t.TempDir()
	now, later := filepath.Join(root, "now"), filepath.Join(root, "later")
	if err := os.Mkdir(now, 0o700); err != nil {
		t.Fatal(err)
	}
	b := openBook(t, filepath.Join(now, "log"))
	_, c := follow(t, "file://"+root+"/*/log", Options{})
	b.sync(c)
	b.must(os.Mkdir(later, 0o700))
	openBook(t, filepath.Join(later, "log")).write("app: 1\n")
	expect(t, c, "app: 1")
}

// Programs go on writing to the old file until they are told, and whoever reads must read both.
func TestFileRotatedByRenameLosesNoLine(t *testing.T) {
	for _, pattern := range []string{"log", "log*"} {
		t.Run(pattern, func(t *testing.T) {
			dir := t.TempDir()
			old := openBook(t, filepath.Join(dir, "log"))
			_, c := follow(t, "file://"+filepath.Join(dir, pattern), Options{})
			old.sync(c)
			old.write("app: 1\n")
			old.must(os.Rename(old.path, old.path+".1"))
			old.write("app: 2\n")
			expect(t, c, "app: 1", "app: 2")
			openBook(t, old.path).write("app: 3\n")
			expect(t, c, "app: 3")
			old.write("app: 4\n")
			expect(t, c, "app: 4")
		})
	}
}

func TestFileDeletedIsReadToItsEnd(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	_, c := follow(t, "file://"+b.path, Options{})
	b.sync(c)
	b.must(os.Remove(b.path))
	b.write("app: 1\n")
	expect(t, c, "app: 1")
	openBook(t, b.path).write("app: 2\n")
	expect(t, c, "app: 2")
}

func TestFileWithoutNameIsClosedAfterAWhileAndItsLastLineDelivered(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	h, c := collect()
	l := &Listener{options: Options{}.withDefaults(), close: func() error { return nil }}
	f := newFollower(l)
	f.pattern, f.poll, f.grace = b.path, 10*time.Millisecond, 100*time.Millisecond
	l.run = f.run
	run(t, l, h)
	b.sync(c)
	before := descriptors(t)
	b.write("app: last line without end")
	b.must(os.Remove(b.path))
	expect(t, c, "app: last line without end")
	eventually(t, "it is closed", func() bool { return descriptors(t) < before })
}

func TestFileRotatedByCopyTruncateIsReadFromItsBeginning(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	_, c := follow(t, "file://"+b.path, Options{})
	b.sync(c)
	b.write("app: 1\n")
	expect(t, c, "app: 1")
	b.must(b.file.Truncate(0))
	b.write("app: 2\n")
	expect(t, c, "app: 2")
}

// Between two looks the file was emptied and has grown beyond what was read. Its size tells nothing; its first bytes do.
func TestFileTruncatedAndGrownIsReadFromItsBeginning(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	b.write("10:00 app: old\n")
	g := &followed{file: reopen(t, b.path), lines: *lines(100)}
	h, c := collect()
	l := &Listener{options: Options{}.withDefaults()}
	f := &follower{out: newOutbox(l, h), files: map[fileID]*followed{{}: g}, buffer: make([]byte, 1000)}
	f.read(time.Now())
	next(t, c)
	b.must(b.file.Truncate(0))
	b.write("10:01 app: 1\n10:02 app: 2\n10:03 app: 3\n")
	f.read(time.Now())
	for i := range 3 {
		if g := next(t, c); !strings.HasSuffix(g.Line, fmt.Sprintf("app: %d", i+1)) {
			t.Errorf("line %d is %q", i+1, g.Line)
		}
	}
}

func reopen(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestFileLongLinesAreCutAndCounted(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	l, c := follow(t, "file://"+b.path, Options{Line: 100})
	b.sync(c)
	b.write("app: " + strings.Repeat("x", 600<<10) + "\napp: 2\n")
	if g, want := next(t, c), (got{"app: " + strings.Repeat("x", 95), true}); g != want {
		t.Errorf("%d bytes, truncated %v", len(g.Line), g.Cut)
	}
	expect(t, c, "app: 2")
	eventually(t, "it is counted", func() bool { return l.Stats().DroppedOversize == 1 })
}

func TestFilePositionsOutliveARestart(t *testing.T) {
	state := Options{State: t.TempDir()}
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	url := "file://" + b.path
	t.Run("first run", func(t *testing.T) {
		_, c := follow(t, url, state)
		b.sync(c)
		b.write("app: 1\napp: ha")
		expect(t, c, "app: 1")
	})
	b.write("lf\napp: 2\n")
	t.Run("second run", func(t *testing.T) {
		_, c := follow(t, url, state)
		expect(t, c, "app: half", "app: 2")
	})
	b.must(os.Rename(b.path, b.path+".1"))
	rotated := openBook(t, b.path)
	rotated.write("app: 3\n")
	t.Run("rotated while nobody read", func(t *testing.T) {
		_, c := follow(t, url, state)
		expect(t, c, "app: 3")
	})
	b.must(rotated.file.Truncate(0))
	rotated.write("xx: 4\napp: 5\n")
	t.Run("truncated while nobody read", func(t *testing.T) {
		_, c := follow(t, url, state)
		expect(t, c, "xx: 4", "app: 5")
	})
}

func TestFilePositionsThatAreDamagedAreSaidAndDoNotStopIt(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, filepath.Join(t.TempDir(), "log"))
	url := "file://" + b.path
	damaged := filepath.Join(dir, fmt.Sprintf("position-%016x.json", sum([]byte(url))))
	if err := os.WriteFile(damaged, []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	t.Run("run", func(t *testing.T) {
		_, c := follow(t, url, Options{State: dir, Logger: slog.New(slog.NewTextHandler(&said, nil))})
		b.sync(c)
	})
	if !strings.Contains(said.String(), "read file positions") {
		t.Errorf("log:\n%s", said.String())
	}
	if left, err := os.ReadFile(damaged); err != nil || !strings.Contains(string(left), b.path) {
		t.Errorf("positions %s, %v", left, err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%v is left in the directory", list)
	}
}

// A flood into one file leaves time for the others.
func TestFileFloodDoesNotStallOtherFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		openBook(t, filepath.Join(dir, fmt.Sprintf("%d.log", i)))
	}
	h, c := collect()
	l := &Listener{options: Options{}.withDefaults()}
	f := newFollower(l)
	f.pattern, f.out, f.buffer = filepath.Join(dir, "*.log"), newOutbox(l, h), make([]byte, fullBuffer)
	for i := range 3 {
		openBook(t, filepath.Join(dir, fmt.Sprintf("%d.log", i))).write(fmt.Sprintf("app: %d\n", i))
		if i == 1 {
			openBook(t, filepath.Join(dir, "1.log")).write(strings.Repeat("flood: "+strings.Repeat("x", 1000)+"\n", 1000))
		}
	}
	f.looked = true
	f.look(time.Now(), noWatcher)
	f.read(time.Now())
	var first []string
	for len(c) > 0 {
		if g := <-c; strings.HasPrefix(g.Line, "app") {
			first = append(first, g.Line)
		}
	}
	slices.Sort(first)
	if want := []string{"app: 0", "app: 1", "app: 2"}; !slices.Equal(first, want) {
		t.Errorf("one reading brought %v, want %v", first, want)
	}
}
