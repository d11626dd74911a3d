package receiver

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// stdin returns a listener that reads file.
func stdin(file *os.File) *Listener {
	l := &Listener{url: "stdin", options: Options{}.withDefaults(), close: func() error { return nil }}
	l.openStdin(file)
	return l
}

func TestStdinEndsWithoutErrorAtTheEndOfFile(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	h, c := collect()
	done := make(chan error, 1)
	go func() { done <- stdin(r).Run(t.Context(), h) }()
	w.WriteString("5 app: is no octet count\napp: 2\r\n\napp: la")
	w.WriteString("st")
	w.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	expect(t, c, "5 app: is no octet count", "app: 2", "app: last")
}

func TestStdinReadsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(path, []byte("app: 1\napp: 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	h, c := collect()
	if err := stdin(file).Run(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	expect(t, c, "app: 1", "app: 2")
}

func TestStdinEndsWithItsContext(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- stdin(r).Run(ctx, func(*Batch) {}) }()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("still reading")
	}
}
