package receiver

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// tagShape is what Parse takes for a program's name when it stands before ": ".
var tagShape = regexp.MustCompile(`^[\w./-]{1,64}$`)

// openFile makes l follow the files that a file URL names.
func (l *Listener) openFile(u *url.URL) error {
	f := newFollower(l)
	if u.Host != "" || !strings.HasPrefix(u.Path, "/") || u.Fragment != "" {
		return errors.New("no absolute path: write file:///var/log/NAME with three slashes")
	}
	f.pattern = filepath.Clean(u.Path)
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return err
	}
	for key, values := range query {
		if key != "tag" || len(values) != 1 || !tagShape.MatchString(values[0]) {
			return fmt.Errorf("parameter %s=%s: only ?tag=NAME is known, with a name of letters, digits and . _ / -; in a pattern use * for ?",
				key, strings.Join(values, ","))
		}
		f.prefix = values[0] + ": "
	}
	paths, err := filepath.Glob(f.pattern)
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	for _, path := range paths {
		file, err := openRegular(path)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("%w: let the daemon's group read it (adm, on many systems)", err)
		case err == errIrregular && path == f.pattern:
			return fmt.Errorf("open %s: %w", path, err)
		case err == nil:
			file.Close()
		}
	}
	l.run = f.run
	return nil
}

var errIrregular = errors.New("not a file that can be followed: name files, or a pattern of files such as /var/log/*.log")

// openRegular opens a regular file.
func openRegular(path string) (*os.File, error) {
	// Opening a pipe would wait for its writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
