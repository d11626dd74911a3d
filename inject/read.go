package inject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	readSize = 64 << 10
	// quiet is how long the input must be silent, once ctx has ended, to be taken
	// as drained. Apache waits for its logger at every restart and serves nobody
	// meanwhile, so that it must be short.
	quiet = 100 * time.Millisecond
	// drain is how long a writer that never pauses is still read once ctx has
	// ended.
	drain = 1500 * time.Millisecond
)

// read hands what comes from in to write until the end of in. When ctx ends it
// reads on what is there, until in is quiet, or drain has passed.
//
// It waits with poll(2) and reads what is there, so that no read is ever under
// way when it returns: a line is either still in the pipe or handed over.
func read(ctx context.Context, in *os.File, write func([]byte)) error {
	stopped, stop, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	defer stopped.Close()
	defer stop.Close()
	defer context.AfterFunc(ctx, func() { stop.Close() })()

	buf := make([]byte, readSize)
	fds := []unix.PollFd{
		{Fd: int32(in.Fd()), Events: unix.POLLIN},
		{Fd: int32(stopped.Fd()), Events: unix.POLLIN},
	}
	timeout, deadline := -1, time.Time{}
	for {
		n, err := unix.Poll(fds, timeout)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("wait for input: %w", err)
		case n == 0 || !deadline.IsZero() && time.Now().After(deadline):
			return nil
		case fds[len(fds)-1].Revents != 0 && deadline.IsZero():
			fds = fds[:1]
			timeout, deadline = int(quiet.Milliseconds()), time.Now().Add(drain)
			continue
		}
		n, err = in.Read(buf)
		write(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read input: %w", err)
		}
	}
}
