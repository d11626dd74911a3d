package fail2ban

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
	maxFile  = 1 << 20 // bytes of one file
	maxFiles = 200     // that are read for a jail's filter, or for the jails
	maxDepth = 8       // of includes
)

// config is what several files say together, the later ones first.
type config struct {
	sections map[string]section
	order    []string         // of the sections
	headers  map[string]place // the last file's of each
	// known holds what a file overrode: %(known/option)s asks for it.
	known    map[string]section
	problems []Problem
	files    []string // in the order of reading
}

func newConfig() *config {
	return &config{sections: map[string]section{}, headers: map[string]place{}, known: map[string]section{}}
}

// load reads a configuration in the order in which fail2ban's files override one
// another. Local tells whether the administrator's are among them. It returns false when there is none.
func (c *config) load(base string, local bool) bool {
	parts := []string{base + ".conf"}
	parts = append(parts, within(base+".d", ".conf")...)
	if local {
		parts = append(parts, base+".local")
		parts = append(parts, within(base+".d", ".local")...)
	}
	found := false
	for _, path := range parts {
		if exists(path) {
			found = true
			c.read(path, local, nil)
		}
	}
	return found
}

// within returns the files in dir with that ending, sorted.
func within(dir, ending string) []string {
	entries, _ := os.ReadDir(dir) // most have none
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ending) && !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist) // what can't be looked at is reported when it is read
}

// read merges a file and what it includes; above are those that include it.
func (c *config) read(path string, local bool, above []string) {
	if len(above) > maxDepth || len(c.files) >= maxFiles {
		c.problems = append(c.problems, Problem{path, 0,
			fmt.Sprintf("too many files: %d are read, and includes go %d deep", maxFiles, maxDepth)})
		return
	}
	c.files = append(c.files, path)
	text, err := readFile(path)
	if err != nil {
		c.problems = append(c.problems, Problem{path, 0, err.Error()})
		return
	}
	f := parseINI(path, text)
	above = append(slices.Clone(above), path)
	c.include(f.sections["INCLUDES"]["before"], path, local, above)
	c.merge(f)
	c.include(f.sections["INCLUDES"]["after"], path, local, above)
}

// include reads the files that v names, and the .local beside each.
func (c *config) include(v value, from string, local bool, above []string) {
	for _, l := range v {
		if l.text == "" {
			continue
		}
		path := l.text
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(from), path)
		}
		if strings.HasSuffix(path, ".local") && !local || slices.Contains(above, path) {
			continue
		}
		if exists(path) {
			c.read(path, local, above)
		} else if !strings.HasSuffix(path, ".local") { // those need not exist
			c.problems = append(c.problems, Problem{l.at.file, l.at.line, fmt.Sprintf("%s, which it includes, does not exist", quote(path))})
		}
		beside := strings.TrimSuffix(path, filepath.Ext(path)) + ".local"
		if local && beside != path && !slices.Contains(above, beside) && exists(beside) {
			c.read(beside, local, above)
		}
	}
}

// merge puts what f says over what was said before.
func (c *config) merge(f *ini) {
	c.problems = append(c.problems, f.problems...)
	for _, name := range f.order {
		if name == "INCLUDES" {
			continue
		}
		c.headers[name] = f.headers[name]
		have := c.sections[name]
		if have == nil {
			have = section{}
			c.sections[name], c.known[name] = have, section{}
			c.order = append(c.order, name)
		}
		for opt, v := range f.sections[name] {
			if old, ok := have[opt]; ok {
				c.known[name][opt] = old
			}
			have[opt] = v
		}
	}
}

// readFile reads a regular file of bounded size. A FIFO or a device would block, or never end.
func readFile(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	switch info, err := f.Stat(); {
	case err != nil:
		return "", cause(err)
	case !info.Mode().IsRegular():
		return "", errors.New("not a regular file: it is not read")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", cause(err)
	}
	if len(text) > maxFile {
		return "", fmt.Errorf("larger than %d bytes: it is not read", maxFile)
	}
	return string(text), nil
}

// cause is what is wrong with a file, whose name is said elsewhere.
func cause(err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err
	}
	return err
}
