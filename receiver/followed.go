package receiver

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// fileID tells files apart whatever they are called.
type fileID struct{ device, inode uint64 }

func idOf(info fs.FileInfo) fileID {
	s := info.Sys().(*syscall.Stat_t)
	return fileID{uint64(s.Dev), s.Ino}
}

// headSize is how much of a file's beginning must stay the same for it to be the same file. Log lines begin with their time, so
// a line or two will do.
const headSize = 256

// followed is a file that is being read.
type followed struct {
	file     *os.File
	path     string
	nameless time.Time // since when no path leads to it or, if later, when it grew last; zero while one does

	lines  framer
	offset int64 // where to read next: at the beginning of a line, or inside one that was cut
	start  int64 // the beginning of the line at offset
	head   []byte
	failed bool // reading failed, already said
}

// fill reads from the offset into b. It begins anew when the file was rewritten.
func (g *followed) fill(b []byte, l *Listener) int {
	head := make([]byte, headSize)
	n, err := g.file.ReadAt(head, 0)
	if err == nil || err == io.EOF {
		if head = head[:n]; !bytes.HasPrefix(head, g.head) {
			g.rewind()
		}
		g.head = head
		n, err = g.file.ReadAt(b, g.offset)
	}
	if err != nil && err != io.EOF {
		if !g.failed {
			g.failed = true
			l.options.Logger.Warn("read file: trying again", "listener", l.url, "error", err)
		}
		return 0
	}
	g.failed = false
	if n == 0 {
		if info, err := g.file.Stat(); err == nil && info.Size() < g.offset {
			g.rewind()
		}
	}
	return n
}

// rewind begins the file anew. What was held of an unfinished line belongs to text that is no more.
func (g *followed) rewind() {
	g.offset, g.start = 0, 0
	g.lines = *lines(g.lines.limit)
}

// took moves past n bytes that the framer took.
func (g *followed) took(n int) {
	g.offset += int64(n)
	if !g.lines.tail {
		g.start = g.offset
	}
}

// lastLine returns where the unfinished line at the end of a file begins, so that it is read when it is whole. It is size when there is
// none, or when it is longer than the limit.
func lastLine(file *os.File, size int64, limit int) int64 {
	b := make([]byte, min(size, int64(limit)))
	n, _ := file.ReadAt(b, size-int64(len(b)))
	if n < len(b) {
		return size // it became shorter this moment
	}
	if at := bytes.LastIndexByte(b, '\n'); at >= 0 || int64(len(b)) == size {
		return size - int64(len(b)) + int64(at) + 1
	}
	return size
}
