package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"syscall"
	"time"
)

// command runs a program with the digest on its standard input.
type command struct {
	name string
	argv []string
	log  *slog.Logger
}

func (c command) send(ctx context.Context, d *Digest) error {
	input, err := json.Marshal(d)
	if err != nil {
		return permanent{err}
	}
	var said head
	run := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	run.Stdin, run.Stdout, run.Stderr = bytes.NewReader(input), &said, &said
	// What it has started ends with it.
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	run.WaitDelay = time.Second // for output that somebody else holds open
	err = run.Run()
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay): // told twice would be worse
	case ctx.Err() != nil:
		return fmt.Errorf("%s took too long and was killed; it wrote %q", c.argv[0], said.b)
	default:
		return fmt.Errorf("run %s: %w; it wrote %q", c.argv[0], err, said.b)
	}
	if len(said.b) > 0 {
		c.log.Info(fmt.Sprintf("notify %s: the command wrote %q", c.name, said.b))
	}
	return nil
}

// head keeps the beginning of what is written.
type head struct{ b []byte }

func (h *head) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), maxAnswer-len(h.b))]...)
	return len(p), nil
}
