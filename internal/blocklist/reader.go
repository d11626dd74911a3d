package blocklist

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// maxSize bounds a file; a million addresses have 16 MB.
	maxSize = 256 << 20
	// settled is for how long a file that was read before must have been left alone:
	// who writes it in place should have come to the end.
	settled = time.Second
)

// Reader reads files and directories, and those that have not changed only once.
// It serves one goroutine. The zero Reader is ready.
type Reader struct {
	files map[string]content
	seen  uint64 // a hash of what was there last
}

// content is what a file held.
type content struct {
	size     int64
	modified time.Time
	prefixes []netip.Prefix
	faults   []string
}

// Read reads what the paths name: files, directories, and patterns of both as
// filepath.Match has them. In a directory, a file whose name is an address stands
// for this address, whatever it holds, and every other is a list, but those that
// begin with a dot. The prefixes are sorted, and none covers another.
//
// changed tells whether anything is another than the last time; if not, prefixes
// is nil. Faults say what could not be read; a file that is there and can't be
// read counts as it was.
func (r *Reader) Read(paths []string, now time.Time) (prefixes []netip.Prefix, faults []string, changed bool) {
	s := scan{old: r.files, files: map[string]content{}, now: now}
	for _, path := range paths {
		s.pattern(path)
	}
	seen := s.hash()
	if r.files != nil && seen == r.seen {
		return nil, s.allFaults(), false
	}
	r.files, r.seen = s.files, seen
	prefixes = s.named
	for _, c := range s.files {
		prefixes = append(prefixes, c.prefixes...)
	}
	return Minimal(prefixes), s.allFaults(), true
}

// Minimal sorts prefixes, in place, and leaves out those that others cover.
func Minimal(prefixes []netip.Prefix) []netip.Prefix {
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	out := prefixes[:0]
	for _, p := range prefixes {
		if len(out) == 0 || !out[len(out)-1].Overlaps(p) {
			out = append(out, p)
		}
	}
	return out
}

// scan is one look at everything.
type scan struct {
	old, files map[string]content
	now        time.Time
	named      []netip.Prefix // by files' names
	faults     []string
}

func (s *scan) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

func (s *scan) pattern(pattern string) {
	paths := []string{pattern}
	if strings.ContainsAny(pattern, `*?[`) {
		paths, _ = filepath.Glob(pattern) // the rules have checked it
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			s.unreadable(path, err)
		case info.IsDir():
			s.directory(path)
		default:
			s.file(path, info)
		}
	}
}

func (s *scan) directory(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		s.unreadable(dir, err)
	}
	for _, e := range entries {
		if p, ok := prefix(e.Name()); ok {
			s.named = append(s.named, p)
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case err != nil:
			s.unreadable(path, err)
		case info.Mode().IsRegular():
			s.file(path, info)
		}
	}
}

// unreadable keeps what stood in a file that can't be read now. What is gone is
// gone: that is how an administrator takes a list away.
func (s *scan) unreadable(path string, err error) {
	s.fault("%v", err)
	if c, ok := s.old[path]; ok && !errors.Is(err, fs.ErrNotExist) {
		s.files[path] = c
	}
}

func (s *scan) file(path string, info fs.FileInfo) {
	if !info.Mode().IsRegular() { // a FIFO or a device would block
		s.fault("%s is no regular file", path)
		return
	}
	had, ok := s.old[path]
	same := had.size == info.Size() && had.modified.Equal(info.ModTime())
	if ok && (same || s.now.Sub(info.ModTime()) < settled) {
		s.files[path] = had
		return
	}
	if info.Size() > maxSize {
		s.unreadable(path, fmt.Errorf("read %s: larger than %d bytes", path, maxSize))
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.unreadable(path, err)
		return
	}
	c := content{size: info.Size(), modified: info.ModTime()}
	var bad []int
	if c.prefixes, bad = Parse(text); len(bad) > 0 {
		c.faults = []string{fmt.Sprintf("%s:%d: no address and no prefix; %d lines are left out", path, bad[0], len(bad))}
	}
	s.files[path] = c
}

func (s *scan) allFaults() []string {
	out := slices.Clone(s.faults)
	for _, c := range s.files {
		out = append(out, c.faults...)
	}
	slices.Sort(out)
	return out
}

func (s *scan) hash() uint64 {
	h := fnv.New64a()
	var lines []string
	for path, c := range s.files {
		lines = append(lines, fmt.Sprintf("%s %d %d", path, c.size, c.modified.UnixNano()))
	}
	slices.Sort(lines)
	for _, l := range lines {
		h.Write(append([]byte(l), 0))
	}
	for _, p := range s.named { // ReadDir sorts
		text, _ := p.MarshalText()
		h.Write(append(text, 0))
	}
	return h.Sum64()
}
