package receiver

import (
	"bytes"
	"errors"
)

// maxCountDigits bounds an octet count: 7 digits are 10 MB, far beyond any message, and overflow nothing.
const maxCountDigits = 7

var (
	errCount = errors.New("frame: no octet count of one to seven digits and a space (RFC 6587, section 3.4.1)")
	errShort = errors.New("frame: connection ended inside a counted message")
)

// framing says how messages are told apart on one connection.
type framing byte

const (
	undecided framing = iota
	counted           // MSG-LEN SP MSG
	delimited         // MSG TRAILER
)

// framer finds messages in the bytes of one connection (RFC 6587). It is decided once: a digit from 1 to 9 at the beginning
// means octet counting. Otherwise the first LF or NUL is the trailer for good, and the other of the two is content: a message that holds
// it can't begin another one. A CR before a trailing LF belongs to the trailer.
//
// What comes out depends on the bytes alone, not on how reads cut them.
type framer struct {
	limit int // the longest message in bytes

	framing framing
	trailed bool // the trailer is known
	trailer byte

	skip    int  // counted: how much of a cut message is still to come
	tail    bool // delimited: the rest of a cut message is still to come
	scanned int  // delimited: how many bytes of the message under way hold no trailer
}

// next looks at b, which begins where the last call's n ended. It returns a message and how many bytes that took, frame
// included. n is 0 when more bytes are needed; text is empty when n bytes are to be passed over. A message longer than the limit
// comes as its beginning, with cut set. b may be limit+1+maxCountDigits bytes long before something comes.
func (f *framer) next(b []byte) (text []byte, cut bool, n int, err error) {
	if len(b) == 0 {
		return nil, false, 0, nil
	}
	if f.framing == undecided {
		f.framing = delimited
		if '1' <= b[0] && b[0] <= '9' {
			f.framing = counted
		}
	}
	if f.framing == counted {
		return f.nextCounted(b)
	}
	text, cut, n = f.nextDelimited(b)
	return text, cut, n, nil
}

func (f *framer) nextCounted(b []byte) (text []byte, cut bool, n int, err error) {
	if f.skip > 0 {
		n = min(f.skip, len(b))
		f.skip -= n
		return nil, false, n, nil
	}
	count, head, err := octetCount(b)
	if err != nil || head == 0 {
		return nil, false, 0, err
	}
	size := min(count, f.limit)
	if len(b) < head+size {
		return nil, false, 0, nil
	}
	f.skip = count - size
	return b[head : head+size], count > size, head + size, nil
}

// octetCount reads MSG-LEN SP. The size of that is 0 when more bytes are needed.
func octetCount(b []byte) (count, size int, err error) {
	for i, c := range b {
		switch {
		case c == ' ' && i > 0:
			return count, i + 1, nil
		case c < '0' || c > '9', c == '0' && i == 0, i == maxCountDigits:
			return 0, 0, errCount
		}
		count = count*10 + int(c-'0')
	}
	return 0, 0, nil
}

func (f *framer) nextDelimited(b []byte) (text []byte, cut bool, n int) {
	if f.tail {
		at := f.findTrailer(b)
		if at < 0 {
			return nil, false, len(b)
		}
		f.tail = false
		return nil, false, at + 1
	}
	// The trailer of a message within the limit is within this.
	b = b[:min(len(b), f.limit+1)]
	at := f.findTrailer(b[f.scanned:])
	switch {
	case at >= 0:
		at += f.scanned
		f.scanned = 0
		return trimCR(b[:at], f.trailer), false, at + 1
	case len(b) > f.limit:
		f.scanned = 0
		f.tail = true
		return b[:f.limit], true, f.limit
	default:
		f.scanned = len(b)
		return nil, false, 0
	}
}

// findTrailer returns the index of the first trailer in b, or -1. The first one of all decides what the trailer is.
func (f *framer) findTrailer(b []byte) int {
	if f.trailed {
		return bytes.IndexByte(b, f.trailer)
	}
	at := bytes.IndexByte(b, '\n')
	if at >= 0 {
		b = b[:at]
	}
	if nul := bytes.IndexByte(b, 0); nul >= 0 {
		f.trailed, f.trailer = true, 0
		return nul
	}
	if at >= 0 {
		f.trailed, f.trailer = true, '\n'
	}
	return at
}

func trimCR(b []byte, trailer byte) []byte {
	if n := len(b) - 1; trailer == '\n' && n >= 0 && b[n] == '\r' {
		return b[:n]
	}
	return b
}

// end is told that nothing comes after b, which next took nothing from. A line without trailer is the last message then; a counted
// message that is not whole is an error.
func (f *framer) end(b []byte) (text []byte, err error) {
	if f.framing == counted {
		if f.begun(b) {
			return nil, errShort
		}
		return nil, nil
	}
	if f.tail {
		return nil, nil // its beginning was delivered
	}
	return b, nil
}

// begun reports whether part of a message has come that was neither delivered nor counted as cut. b is what next left.
func (f *framer) begun(b []byte) bool { return len(b) > 0 || f.skip > 0 }
