package receiver

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// follower reads the files that match a pattern as they grow, whatever becomes of their names.
//
// A file is its device and inode, so a rename neither loses nor repeats a line. One that no name leads to any more is read on until it
// has been quiet for a while: programs write to a rotated file until they are told to open the new one. A pattern must not match the
// copies that rotation makes (copytruncate, compression): they are new files with old lines.
//
// Files that are there at the start are read from where they were left, or else from their end; files that appear later, and
// files that took the name of one that was read before the start, from their beginning. A file that became shorter, or whose first bytes
// changed, was rewritten in place (copytruncate) and is read from its beginning. What was written after the last reading and before
// the truncation is lost without a trace, as to every reader; so is the rewriting of a file that keeps its first 256 bytes and
// its length. Rename where you can.
type follower struct {
	listener *Listener
	pattern  string
	prefix   string // "TAG: " for files that have no syslog header

	poll  time.Duration // how often to look without being woken
	grace time.Duration // how long a file without name may be quiet before it is closed

	out    *outbox
	files  map[fileID]*followed
	failed map[string]bool // paths that could not be opened, already said
	left   positions       // from the last run
	looked bool            // the files that are there at the start are known
	buffer []byte
	tagged []byte // lines of the current reading with their prefix
}

func newFollower(l *Listener) *follower {
	return &follower{
		listener: l,
		poll:     time.Second,
		grace:    time.Minute,
		files:    make(map[fileID]*followed),
		failed:   make(map[string]bool),
	}
}

// run follows until ctx ends.
func (f *follower) run(ctx context.Context, h Handler) error {
	f.out = newOutbox(f.listener, h)
	f.buffer = make([]byte, max(fullBuffer, f.listener.options.Line+1))
	defer func() {
		for _, g := range f.files {
			g.file.Close()
		}
	}()
	store := f.loadPositions()
	defer func() { store.save(f.positions()) }() // before the files are closed
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		f.listener.options.Logger.Warn("watch files: looking at intervals instead", "listener", f.listener.url, "error", err)
		watcher = noWatcher
	} else {
		defer watcher.Close()
	}
	for ctx.Err() == nil {
		now := time.Now()
		f.look(now, watcher)
		grown := f.read(now)
		if now.Sub(store.saved) >= time.Second {
			store.save(f.positions())
		}
		if !grown {
			f.wait(ctx, watcher)
		}
	}
	return nil
}

// noWatcher stands for a watcher that can't be had. Its channels are nil and never deliver.
var noWatcher = &fsnotify.Watcher{}

// wait returns when a file may have changed.
func (f *follower) wait(ctx context.Context, w *fsnotify.Watcher) {
	timer := time.NewTimer(f.poll)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-w.Errors: // events were lost
			return
		case e := <-w.Events:
			if match, _ := filepath.Match(f.pattern, e.Name); match {
				return
			}
		}
	}
}

// look finds new files, and notices which have lost their names.
func (f *follower) look(now time.Time, w *fsnotify.Watcher) {
	paths, _ := filepath.Glob(f.pattern) // the pattern was checked
	named := make(map[fileID]bool, len(paths))
	dirs := map[string]bool{filepath.Dir(f.pattern): true}
	for _, path := range paths {
		dirs[filepath.Dir(path)] = true
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		id := idOf(info)
		named[id] = true
		if g := f.files[id]; g != nil {
			g.path, g.nameless = path, time.Time{}
		} else {
			f.begin(path)
		}
	}
	for id, g := range f.files {
		if !named[id] && g.nameless.IsZero() {
			g.nameless = now
		}
	}
	f.looked = true
	if w != noWatcher {
		for dir := range dirs {
			w.Add(dir) // again each time: the directory may be another one; when it fails, polling remains
		}
	}
}

// begin opens a file that was not followed before.
func (f *follower) begin(path string) {
	file, err := openRegular(path)
	if err != nil {
		if !f.failed[path] {
			f.failed[path] = true
			f.listener.options.Logger.Warn("follow file: trying again", "listener", f.listener.url, "error", err)
		}
		return
	}
	delete(f.failed, path)
	info, err := file.Stat() // of what was opened, which may be another one than was looked at
	if err != nil || f.files[idOf(info)] != nil {
		file.Close()
		return
	}
	g := &followed{file: file, path: path, lines: *lines(f.listener.options.Line)}
	if left, ok := f.left[idOf(info)]; ok && left.fits(file, info.Size()) {
		g.offset = left.Offset
	} else if !f.looked && !f.left.hasPath(path) {
		g.offset = lastLine(file, info.Size(), f.listener.options.Line)
	}
	g.start = g.offset
	f.files[idOf(info)] = g
}

// read reads a buffer from every file, so that a flood in one leaves time for the others, and reports whether one may hold more.
func (f *follower) read(now time.Time) (grown bool) {
	for id, g := range f.files {
		n := g.fill(f.buffer, f.listener)
		f.out.Time = now
		rest := f.deliver(g, f.buffer[:n])
		if n > rest {
			grown = true
			if !g.nameless.IsZero() {
				g.nameless = now // not quiet yet
			}
		} else if !g.nameless.IsZero() && now.Sub(g.nameless) >= f.grace {
			if last, _ := g.lines.end(f.buffer[:rest]); len(last) > 0 {
				f.add(last, false) // nobody will write its end
			}
			f.out.flush(false)
			g.file.Close()
			delete(f.files, id)
		}
	}
	return grown
}

// deliver hands on the whole lines at the beginning of b, and returns how many bytes remain at its end.
func (f *follower) deliver(g *followed, b []byte) (rest int) {
	f.tagged = f.tagged[:0]
	for {
		text, cut, n, _ := g.lines.next(b) // lines have no faults
		if n == 0 {
			f.out.flush(false)
			return len(b)
		}
		if len(text) > 0 {
			f.add(text, cut)
		}
		b = b[n:]
		g.took(n)
	}
}

func (f *follower) add(line []byte, cut bool) {
	if f.prefix != "" {
		at := len(f.tagged)
		f.tagged = append(append(f.tagged, f.prefix...), line...)
		line = f.tagged[at:]
	}
	f.out.add(line, cut, netip.Addr{})
}

// positions returns where every file is to be read on.
func (f *follower) positions() positions {
	p := make(positions, len(f.files))
	for id, g := range f.files {
		if g.nameless.IsZero() {
			p[id] = newPosition(id, g)
		}
	}
	return p
}
