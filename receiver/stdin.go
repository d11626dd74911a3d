package receiver

import (
	"context"
	"io"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openStdin makes l read the lines of file until its end.
func (l *Listener) openStdin(file *os.File) {
	l.run = func(ctx context.Context, h Handler) error {
		r, err := newPolled(ctx, file)
		if err != nil {
			return err
		}
		defer r.close()
		return l.pump(r, lines(l.options.Line), netip.Addr{}, h, func(time.Time) {})
	}
}

// lines returns a framer of lines, as files have them: a first digit is no octet count, and NUL is content.
func lines(limit int) *framer {
	return &framer{limit: limit, framing: delimited, trailed: true, trailer: '\n'}
}

// polled reads a file that may block for ever, until a context ends. A terminal or a pipe shared with others can't be made
// non-blocking without making it so for them.
type polled struct {
	file *os.File
	wake [2]*os.File
	stop func() bool
}

func newPolled(ctx context.Context, file *os.File) (*polled, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &polled{file, [2]*os.File{r, w}, context.AfterFunc(ctx, func() { w.Close() })}, nil
}

func (p *polled) Read(b []byte) (int, error) {
	fds := []unix.PollFd{
		{Fd: int32(p.file.Fd()), Events: unix.POLLIN},
		{Fd: int32(p.wake[0].Fd()), Events: unix.POLLIN},
	}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case fds[1].Revents != 0:
			return 0, io.ErrClosedPipe
		}
		return p.file.Read(b)
	}
}

func (p *polled) close() {
	p.stop()
	p.wake[0].Close()
	p.wake[1].Close()
}
