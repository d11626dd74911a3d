// Package secret reads passwords, keys and URLs that stand in files of their own.
// It never puts what it has read into an error.
package secret

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSize bounds a file that holds a secret, in bytes.
const maxSize = 4096

// Read reads a file at each use, so that it may be changed. A line end behind the
// secret is not part of it.
func Read(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if len(text) > maxSize || secret == "" {
		return "", fmt.Errorf("read %s: 1 to %d bytes are wanted in it", path, maxSize)
	}
	return secret, nil
}
