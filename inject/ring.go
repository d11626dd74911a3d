package inject

import (
	"encoding/binary"
	"sync"
	"time"
)

// ring is a bounded queue of lines between the reader of the input, which never
// waits, and one consumer, which may. When it is full the oldest lines make room
// for the newest: during an attack the latest line is worth most.
type ring struct {
	// ready holds a token when the ring may have become non-empty or closed.
	ready chan struct{}

	mu     sync.Mutex // guards what follows
	buf    []byte
	head   int // offset of the oldest byte
	used   int // bytes in use
	lines  uint64
	lost   uint64 // lines dropped since the last takeLost
	closed bool
}

// A line in the ring is its time (Unix nanoseconds), its length and its bytes.
const ringHeader = 8 + 4

// newRing makes a ring of size bytes. A line longer than size − ringHeader would
// be a programmer's mistake.
func newRing(size int) *ring {
	return &ring{ready: make(chan struct{}, 1), buf: make([]byte, size)}
}

// push copies line into the ring. It never waits.
func (r *ring) push(at time.Time, line []byte) {
	var h [ringHeader]byte
	binary.LittleEndian.PutUint64(h[:], uint64(at.UnixNano()))
	binary.LittleEndian.PutUint32(h[8:], uint32(len(line)))

	r.mu.Lock()
	for r.used+ringHeader+len(line) > len(r.buf) {
		r.skip(ringHeader + r.oldest())
		r.lines--
		r.lost++
	}
	r.append(h[:])
	r.append(line)
	r.lines++
	r.mu.Unlock()
	r.wake()
}

// pop appends the oldest line to dst and takes it out of the ring. It reports
// false when the ring is empty; done then says that no line will follow.
func (r *ring) pop(dst []byte) (line []byte, at time.Time, ok, done bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lines == 0 {
		return dst, time.Time{}, false, r.closed
	}
	var h [8]byte
	r.copyOut(h[:], 0)
	n := r.oldest()
	r.skip(ringHeader)
	dst = append(dst, make([]byte, n)...)
	r.copyOut(dst[len(dst)-n:], 0)
	r.skip(n)
	r.lines--
	return dst, time.Unix(0, int64(binary.LittleEndian.Uint64(h[:]))), true, false
}

// close says that no line will follow.
func (r *ring) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.wake()
}

// takeLost returns how many lines were dropped since it was last called.
func (r *ring) takeLost() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.lost
	r.lost = 0
	return n
}

// len returns how many lines wait.
func (r *ring) len() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines
}

func (r *ring) wake() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// oldest returns the length of the line at the head.
func (r *ring) oldest() int {
	var h [4]byte
	r.copyOut(h[:], 8)
	return int(binary.LittleEndian.Uint32(h[:]))
}

func (r *ring) skip(n int) {
	r.head = (r.head + n) % len(r.buf)
	r.used -= n
}

func (r *ring) append(p []byte) {
	at := (r.head + r.used) % len(r.buf)
	n := copy(r.buf[at:], p)
	copy(r.buf, p[n:])
	r.used += len(p)
}

// copyOut fills p with what stands off bytes behind the head.
func (r *ring) copyOut(p []byte, off int) {
	at := (r.head + off) % len(r.buf)
	n := copy(p, r.buf[at:])
	copy(p[n:], r.buf)
}
