package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/replay"
)

// inputs are the files of a command line, "-" being standard input.
type inputs struct {
	files []string
	stdin io.Reader
	bar   *progress
}

// newInputs looks at all files before the first is read, so that a name
// mistyped shows at once. The bar is drawn where somebody sees it and
// nothing else is written meanwhile.
func newInputs(cmd *cobra.Command, files []string, talks bool) (*inputs, error) {
	in := &inputs{files: files, stdin: cmd.InOrStdin(), bar: &progress{w: io.Discard}}
	if isTerminal(cmd.ErrOrStderr()) && !(talks && isTerminal(cmd.OutOrStdout())) {
		in.bar.w = cmd.ErrOrStderr()
	}
	var faults []error
	for _, name := range files {
		info, err := in.stat(name)
		switch {
		case err != nil:
			faults = append(faults, err)
		case info == nil:
		case info.IsDir():
			faults = append(faults, fmt.Errorf("read %s: it is a directory: name the files in it", name))
		default:
			in.bar.total += info.Size()
		}
	}
	return in, errors.Join(faults...)
}

// stat tells about a file, nil when there is nothing to tell.
func (in *inputs) stat(name string) (os.FileInfo, error) {
	if name != "-" {
		return os.Stat(name)
	}
	if f, ok := in.stdin.(*os.File); ok {
		return f.Stat()
	}
	return nil, nil
}

// read gives every file to r, until one cannot be read.
func (in *inputs) read(r *replay.Replay, each func(*replay.Line)) error {
	defer in.bar.clear()
	for _, name := range in.files {
		if err := in.readOne(name, r, each); err != nil {
			return err
		}
	}
	return nil
}

func (in *inputs) readOne(name string, r *replay.Replay, each func(*replay.Line)) error {
	from := in.stdin
	if name == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		from = file
	}
	if err := r.Read(in.bar.follow(from), each); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// progress is a bar of the bytes read.
type progress struct {
	w           io.Writer
	done, total int64
	drawn       time.Time
	from        io.Reader
}

// barInterval is slow enough to cost nothing.
const barInterval = 100 * time.Millisecond

func (p *progress) follow(from io.Reader) io.Reader {
	p.from = from
	return p
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	p.done += int64(n)
	if now := time.Now(); now.Sub(p.drawn) >= barInterval {
		p.drawn = now
		p.draw()
	}
	return n, err
}

func (p *progress) draw() {
	const width, mib = 40, 1 << 20
	if p.total == 0 { // a pipe
		fmt.Fprintf(p.w, "\r%.1f MiB ", float64(p.done)/mib)
		return
	}
	part := min(float64(p.done)/float64(p.total), 1)
	filled := int(part * width)
	fmt.Fprintf(p.w, "\r[%s%s] %3.0f %% of %.1f MiB ", strings.Repeat("#", filled), strings.Repeat(".", width-filled),
		100*part, float64(p.total)/mib)
}

// clear wipes the bar out.
func (p *progress) clear() { fmt.Fprint(p.w, "\r\x1b[K") }

// isTerminal tells whether w is a terminal. It takes /dev/null for one, where
// nothing shows.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
