package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxSize bounds the file; the longest sensible one has a few hundred lines.
const maxSize = 1 << 20

// Fault is one thing wrong with the file. Line and Column count from 1; they
// are 0 when the file as a whole is meant.
type Fault struct {
	File         string
	Line, Column int
	Message      string
}

func (f Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Load reads the file at path over the defaults. When path is empty it reads
// Path, which may be missing. The error joins every Fault.
func Load(path string) (*Config, error) {
	chosen := path != ""
	if !chosen {
		path = Path
	}
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && !chosen {
		return Default(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, text)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(text) > maxSize {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxSize)
	}
	return text, err
}

// Parse reads text, which came from the file named name, over the defaults.
// The error joins every Fault.
func Parse(name string, text []byte) (*Config, error) {
	d := &decoder{file: name, config: Default()}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, syntaxFault(name, err)
	}
	if len(doc.Content) > 0 {
		d.root(doc.Content[0])
	}
	if len(d.faults) > 0 {
		return nil, errors.Join(d.faults...)
	}
	return d.config, nil
}

// syntaxFault digs the line out of a syntax error, which carries it only as text.
func syntaxFault(name string, err error) Fault {
	f := Fault{File: name, Line: 1, Column: 1, Message: strings.TrimPrefix(err.Error(), "yaml: ")}
	if n, rest, ok := strings.Cut(strings.TrimPrefix(f.Message, "line "), ": "); ok {
		if line, err := strconv.Atoi(n); err == nil {
			f.Line, f.Message = line, rest
			if strings.HasPrefix(rest, "did not find expected") { // yaml.v3 counts its parser's lines from 0
				f.Line++
			}
		}
	}
	if f.Message == "did not find expected node content" {
		f.Message += ` (an address that begins with a colon needs quotes inside brackets: ["::1"])`
	}
	return f
}
