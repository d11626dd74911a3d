package inject

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

const (
	copyFlags = os.O_WRONLY | os.O_APPEND | os.O_CREATE
	copyMode  = 0o640
	copyBatch = 64 << 10
	// copyCheck is how long a rotated file may still be written to, and how long
	// a failed write rests.
	copyCheck = time.Second
)

// copyFile is a log file that others may rotate by renaming it.
type copyFile struct {
	path    string
	file    *os.File
	checked time.Time // when file was last compared with what path names
	stale   error     // why file is not what path names
	trouble trouble
	// pending is how many lines were taken from the ring and are not known to be
	// written. It is read while a write hangs.
	pending atomic.Uint64
}

// run appends the lines of r to the file until r is closed and empty, or ctx
// ends, and closes the file.
func (c *copyFile) run(ctx context.Context, r *ring) {
	defer func() { c.file.Close() }()
	var batch []byte
	for {
		var more, done bool
		for len(batch) < copyBatch {
			if batch, _, more, done = r.pop(batch); !more {
				break
			}
			batch = append(batch, '\n')
		}
		if len(batch) == 0 && done {
			return
		}
		wake, retry := r.ready, (<-chan time.Time)(nil)
		if len(batch) > 0 {
			c.pending.Store(uint64(bytes.Count(batch, []byte{'\n'})))
			n, err := c.write(batch)
			batch = batch[:copy(batch, batch[n:])]
			c.pending.Store(uint64(bytes.Count(batch, []byte{'\n'})))
			if err == nil {
				continue
			}
			// Meanwhile the ring goes on taking lines, and drops the oldest.
			wake, retry = nil, time.After(copyCheck)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-retry:
		}
	}
}

// write appends p to the file that path names now.
func (c *copyFile) write(p []byte) (int, error) {
	if now := time.Now(); now.Sub(c.checked) >= copyCheck {
		c.checked = now
		c.stale = c.follow()
	}
	n, err := c.file.Write(p)
	c.trouble.is(errors.Join(c.stale, err))
	return n, err
}

// follow opens the file anew when path no longer names it. While that fails the
// old file is written to: a line in a rotated file is better than none.
func (c *copyFile) follow() error {
	named, err := os.Stat(c.path)
	if err == nil && c.file != nil {
		if open, err := c.file.Stat(); err == nil && os.SameFile(open, named) {
			return nil
		}
	}
	f, err := os.OpenFile(c.path, copyFlags, copyMode)
	if err != nil {
		return fmt.Errorf("open copy: %w", err)
	}
	if c.file != nil {
		c.file.Close()
	}
	c.file = f
	return nil
}
