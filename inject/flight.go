package inject

import "strconv"

// flight holds frames from when they leave the ring until they are known to have
// arrived, as bytes that can be written as they stand.
type flight struct {
	buf    []byte
	frames []frame
	taken  int // how much of buf the kernel has taken on this connection
}

// frame is one message on the wire.
type frame struct {
	size int
	line bool // a line of the input, not a report of ours
}

// addCounted appends message as RFC 6587, section 3.4.1, and RFC 5425 frame it:
// its length, a space, itself. Of the two framings of TCP it is the one that
// nothing in a line can break, and a receiver can tell them apart by the first byte.
func (f *flight) addCounted(message []byte, line bool) {
	start := len(f.buf)
	f.buf = strconv.AppendInt(f.buf, int64(len(message)), 10)
	f.buf = append(append(f.buf, ' '), message...)
	f.frames = append(f.frames, frame{len(f.buf) - start, line})
}

// add appends message as a datagram.
func (f *flight) add(message []byte, line bool) {
	f.buf = append(f.buf, message...)
	f.frames = append(f.frames, frame{len(message), line})
}

// rest is what the kernel has not taken.
func (f *flight) rest() []byte { return f.buf[f.taken:] }

// arrived drops the frames that lie wholly in the first n bytes.
func (f *flight) arrived(n int) {
	var bytes, frames int
	for _, fr := range f.frames {
		if bytes+fr.size > n {
			break
		}
		bytes += fr.size
		frames++
	}
	f.buf = append(f.buf[:0], f.buf[bytes:]...)
	f.frames = append(f.frames[:0], f.frames[frames:]...)
	f.taken = max(0, f.taken-bytes)
}

// lines counts the lines of the input among the frames.
func (f *flight) lines() (n uint64) {
	for _, fr := range f.frames {
		if fr.line {
			n++
		}
	}
	return n
}
