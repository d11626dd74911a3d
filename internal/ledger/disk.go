package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Disk keeps a ledger in a file: a snapshot of it, and behind that, as a journal,
// each prefix that changed since. A disk that fails never stops the ledger: it goes
// on in memory, and [Disk.Status] tells.
type Disk struct {
	l     *Ledger
	clock func() Time
	dir   string
	lock  *os.File // the directory, locked; nil when it cannot be opened
	found Found

	writing sync.Mutex    // guards what follows; held while the disk works
	file    *os.File      // nil until there is one to append to
	size    int64         // how much of file is good
	records int           // how many are in it, about
	piece   []byte        // what is being written, used again and again
	offset  time.Duration // wall less boot clock, as the file's times have it
	stamped time.Duration // when the file was last told the time, on the boot clock
	retry   time.Duration // not before then is the file written anew after a failure

	mu     sync.Mutex // guards status
	status DiskStatus
}

// The names in the state directory.
const (
	fileName    = "ledger"
	newName     = "ledger.new"
	damagedName = "ledger.damaged"
)

// Found is what was read when the disk was opened.
type Found struct {
	Bans, Accepts, Past int
	// Damage is why reading stopped early, or nil; the whole file was put aside as
	// Aside, or that failed too and Aside is empty.
	Damage error
	Aside  string
	// ClockBehind tells that the wall clock was behind the last save, so that all
	// bans go on with the time that they had left at that save.
	ClockBehind bool
}

// DiskStatus is how well the file follows the ledger.
type DiskStatus struct {
	// Err is why the file does not follow, or nil; Since is when that began. It is
	// tried again each second, and once a minute to write the file anew.
	Err      error
	Since    time.Time
	Size     int64  // bytes
	Rewrites uint64 // how often the file was written anew
	Failures uint64
}

// ErrLocked is what Open returns while another process has the directory.
var ErrLocked = errors.New("another syslog-blacklist uses it")

// Open reads dir's file into l, which is to be empty, and locks dir. Damage is no
// error but stands in [Disk.Found], and a disk that cannot be read or written in
// [Disk.Status]; the only error is ErrLocked, with the directory's name.
func Open(l *Ledger, dir string, clock func() Time) (*Disk, error) {
	d := &Disk{l: l, clock: clock, dir: dir}
	now := clock()
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		if err := d.lockDir(); err != nil {
			return nil, err
		}
		err = d.read(now)
	}
	d.report(now, err)
	l.mu.Lock()
	l.kept, l.flush = true, l.flush+1
	l.mu.Unlock()
	return d, nil
}

// lockDir fails when another process has the directory, and in no other case: a
// file system may be without locks.
func (d *Disk) lockDir() error {
	lock, err := os.Open(d.dir)
	if err != nil {
		return nil // reading and writing will tell
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		lock.Close()
		return fmt.Errorf("open state directory %s: %w", d.dir, ErrLocked)
	}
	d.lock = lock
	return nil
}

// Found returns what was read.
func (d *Disk) Found() Found { return d.found }

// Status returns how the disk does.
func (d *Disk) Status() DiskStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status
}

// report notes what came of the last attempt.
func (d *Disk) report(now Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &d.status
	switch {
	case err == nil:
		s.Since = time.Time{}
	case s.Err == nil:
		s.Since = now.Wall
	}
	if err != nil {
		s.Failures++
	}
	s.Err, s.Size = err, d.size
}

// Run writes once a second what changed, until ctx ends. It returns nil: a disk
// that fails is an alarm in [Disk.Status], not an end.
func (d *Disk) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			d.Flush()
		}
	}
}

// Close writes what changed and gives the directory free. The error is why the
// file does not hold the ledger as it is.
func (d *Disk) Close() error {
	d.writing.Lock()
	d.retry = 0
	d.writing.Unlock()
	err := d.Flush()
	d.l.mu.Lock()
	d.l.kept, d.l.dirty = false, nil
	d.l.mu.Unlock()
	if d.file != nil {
		d.file.Close()
	}
	if d.lock != nil {
		d.lock.Close()
	}
	return err
}

// Flush writes what changed since the last time and waits until the disk has it.
func (d *Disk) Flush() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	now := d.clock()
	err := d.write(now)
	d.report(now, err)
	return err
}

// minRecords is how many a file may hold before it is written anew, however few are
// needed.
const minRecords = 1 << 12

// maxBatch is how many changed prefixes are written behind a file, or remembered
// for one that cannot be written: more are written faster with all others.
const maxBatch = 1 << 16

func (d *Disk) write(now Time) error {
	if d.file != nil && d.l.countDirty() > maxBatch {
		d.file.Close()
		d.file = nil
	}
	if d.file != nil {
		if err := d.append(now, nil); err != nil {
			return err
		}
		if d.records < 2*d.l.countPrefixes()+minRecords && d.sameClock(now) {
			return nil
		}
	}
	if now.Boot < d.retry {
		return d.status.Err
	}
	err := d.rewrite(now)
	if err != nil {
		d.retry = now.Boot + time.Minute
	}
	return err
}

// sameClock tells whether the file's times are still those of the wall clock. After
// a step all are written anew, so that a restart reads them right.
func (d *Disk) sameClock(now Time) bool {
	return (now.wallOffset() - d.offset).Abs() < 10*time.Second
}

func (t Time) wallOffset() time.Duration { return time.Duration(t.Wall.UnixNano()) - t.Boot }

// read replays the file into the ledger. It is read twice: what a time in it means
// depends on when it was last written.
func (d *Disk) read(now Time) error {
	f, err := os.OpenFile(d.path(fileName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		d.found.Damage = err
		return d.putAside()
	}
	good, records, damage := d.replay(f, now)
	if damage != nil {
		f.Close()
		d.found.Damage = fmt.Errorf("read %s: %w", f.Name(), damage)
		return d.putAside()
	}
	if d.found.ClockBehind { // the file's times are wrong now: it is to be written anew
		return f.Close()
	}
	d.file, d.size, d.records, d.offset = f, good, records, now.wallOffset()
	return nil
}

// replay puts the good records into the ledger and returns where they end, how
// many there are, and why they end there when that is not the file's end.
func (d *Disk) replay(f *os.File, now Time) (good int64, records int, damage error) {
	base := now.Wall.UnixMilli()
	saved := lastSaved(f)
	if base < saved {
		base, d.found.ClockBehind = saved, true
	}
	if _, err := f.Seek(0, 0); err != nil {
		return 0, 0, err
	}
	l, names := d.l, names{}
	l.mu.Lock()
	good, damage = readRecords(f, func(content []byte) error {
		if s, ok := decodeSaved(content, names); ok {
			l.restore(now, base, &s)
			records++
		} else if _, ok := decodeClock(content); !ok {
			return errors.New("no record of this version")
		}
		return nil
	})
	l.history.prefixes.sort()
	l.mu.Unlock()
	st := l.Stats()
	d.found.Bans, d.found.Accepts, d.found.Past = st.BansActive, st.AcceptsActive, st.HistoryTracked
	return good, records, damage
}

// lastSaved returns when the file was last written, by the clock of then. What is bad
// is found by the reading that follows.
func lastSaved(f *os.File) (ms int64) {
	readRecords(f, func(content []byte) error {
		if at, ok := decodeClock(content); ok {
			ms = at
		}
		return nil
	})
	return ms
}

// putAside keeps a file that is damaged or cannot be read under another name. If it
// can it keeps its own name too, until a good one takes that: a crash between the
// two finds it again.
func (d *Disk) putAside() error {
	name, aside := d.path(fileName), d.path(damagedName)
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	if os.Link(name, aside) != nil {
		if err := os.Rename(name, aside); err != nil {
			return err
		}
	}
	d.found.Aside = aside
	return nil
}

func (d *Disk) path(name string) string { return filepath.Join(d.dir, name) }
