package rules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	maxFile  = 1 << 20 // bytes of one rules file
	maxFiles = 256     // that one file includes, directly or not
	maxDepth = 8       // of includes
)

// Load reads the rules file at path, the files it includes and the shipped rules
// it uses. With a fault of severity Error the Set is nil; warnings and notes come
// along with a Set. Faults are in the order of the files and lines.
//
// A file may have 1 MiB, and 256 files may be included, eight deep.
func Load(path string) (*Set, []Fault) {
	var l loader
	l.readFile(path, nil, 0)
	return l.finish()
}

// Parse is Load for a text; name stands for it in faults. It reads no files: an
// include is a fault.
func Parse(name string, text []byte) (*Set, []Fault) {
	var l loader
	p := l.add(name, text)
	for _, inc := range p.includes {
		l.report(Error, inc.pos, "include works in files only")
	}
	return l.finish()
}

// loader collects what the files say.
type loader struct {
	files   []*parser          // in order of reading
	library map[string]*parser // the shipped rules that the files use
	faults  []Fault            // of files that couldn't be read, and of what only the whole shows
}

func (l *loader) report(s Severity, at Pos, format string, args ...any) {
	f := Fault{Pos: at, Severity: s, Message: fmt.Sprintf(format, args...)}
	if p := l.file(at.File); p != nil && at.Line > 0 {
		f.Source = p.source(at)
	}
	l.faults = append(l.faults, f)
}

func (l *loader) file(name string) *parser {
	for _, p := range l.files {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (l *loader) add(name string, text []byte) *parser {
	p := newParser(name, string(text))
	p.parse()
	l.files = append(l.files, p)
	return p
}

// readFile reads path and what it includes. at is the include that asked for it,
// nil for the first file.
func (l *loader) readFile(path string, at *operand, depth int) {
	fail := func(message string) {
		if at == nil {
			l.report(Error, Pos{File: path}, "%s", message)
		} else {
			l.report(Error, at.pos, "%s", message)
		}
	}
	if l.file(path) != nil {
		fail(fmt.Sprintf("%s has been read already: include it once, and not from within itself", path))
		return
	}
	if len(l.files) >= maxFiles || depth > maxDepth {
		fail(fmt.Sprintf("too many files: at most %d are read, and includes go %d deep", maxFiles, maxDepth))
		return
	}
	text, err := readRules(path)
	if err != nil {
		fail(err.Error())
		return
	}
	p := l.add(path, text)
	for _, inc := range p.includes {
		l.include(filepath.Dir(path), inc, depth+1)
	}
}

// include reads what the directive inc in a file of directory dir asks for.
// Without a wildcard the file must be there.
func (l *loader) include(dir string, inc operand, depth int) {
	pattern := inc.text
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(dir, pattern)
	}
	paths := []string{pattern}
	if strings.ContainsAny(inc.text, `*?[`) {
		var err error
		if paths, err = filepath.Glob(pattern); err != nil {
			l.report(Error, inc.pos, "%s is no pattern of file names: a [ is never closed", quote(inc.text))
			return
		}
	}
	for _, path := range paths {
		l.readFile(path, &inc, depth)
	}
}

// readRules reads a regular file of bounded size. A FIFO or a device would block,
// or never end.
func readRules(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, readError(path, err)
	}
	defer f.Close()
	switch info, err := f.Stat(); {
	case err != nil:
		return nil, readError(path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: not a regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, readError(path, err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("read %s: larger than %d bytes; split it and include the parts", path, maxFile)
	}
	return text, nil
}

// readError names the cause once and adds what to do.
func readError(path string, err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		err = perr.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read %s: %w; create it, or correct the path", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("read %s: %w; make it readable to the daemon's user", path, err)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// finish puts the files together.
func (l *loader) finish() (*Set, []Fault) {
	var own []*Entry
	for _, p := range l.files {
		own = append(own, p.entries...)
	}
	entries := slices.Concat(own, l.used())
	l.check(own, entries)
	faults := l.sorted()
	for _, f := range faults {
		if f.Severity == Error {
			return nil, faults
		}
	}
	s := newSet(entries)
	for _, p := range l.files {
		s.never = append(s.never, p.never...)
		s.always = append(s.always, p.always...)
		for _, list := range p.lists {
			if !filepath.IsAbs(list.Path) {
				list.Path = filepath.Join(filepath.Dir(p.name), list.Path)
			}
			s.lists = append(s.lists, list)
		}
		for _, r := range p.recidive {
			s.recidive = &r.verdict
		}
	}
	return s, faults
}

// sorted returns all faults in the order of the files and lines.
func (l *loader) sorted() []Fault {
	order := map[string]int{}
	faults := l.faults
	for i, p := range l.files {
		order[p.name] = i
		faults = append(faults, p.faults...)
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return faults
}
