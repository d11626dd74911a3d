package receiver

import (
	"io"
	"net/netip"
	"time"
)

// A connection's buffer is small until its peer fills it.
const (
	firstBuffer = 16 << 10
	fullBuffer  = 256 << 10
)

// pump hands on the messages that f finds in r, until r ends. Whenever a message was completed it calls alive
// with the time. It returns nil when r ended between messages or with a line without trailer. Otherwise what has come of the
// last message is lost, and counted.
func (l *Listener) pump(r io.Reader, f *framer, peer netip.Addr, h Handler, alive func(time.Time)) error {
	out := newOutbox(l, h)
	limit := max(fullBuffer, f.limit+1+maxCountDigits)
	b := make([]byte, firstBuffer)
	held := 0 // bytes at the beginning of b that wait for more
	for {
		n, err := r.Read(b[held:])
		held += n
		out.Time = time.Now()
		used, complete, broken := f.drain(b[:held], out, peer)
		var last []byte
		if err == io.EOF && broken == nil {
			last, broken = f.end(b[used:held])
			if len(last) > 0 {
				out.add(last, false, peer)
			}
		}
		out.flush(false)
		if complete {
			alive(out.Time)
		}
		switch {
		case broken != nil:
			l.broken.Add(1)
			return broken
		case err == io.EOF:
			return nil
		case err != nil:
			if f.begun(b[used:held]) {
				l.broken.Add(1)
			}
			return err
		}
		filled := held == len(b)
		held = copy(b, b[used:held])
		if filled && len(b) < limit {
			b = append(make([]byte, 0, min(2*len(b), limit)), b[:held]...)
			b = b[:cap(b)]
		}
	}
}

// drain puts every whole message of b into out. It returns how many bytes those took and whether there was one.
func (f *framer) drain(b []byte, out *outbox, peer netip.Addr) (used int, complete bool, err error) {
	for {
		text, cut, n, err := f.next(b[used:])
		if n == 0 || err != nil {
			return used, complete, err
		}
		used += n
		if len(text) > 0 { // empty lines say nothing: some senders put LF and NUL at the end
			out.add(text, cut, peer)
			complete = true
		}
	}
}
