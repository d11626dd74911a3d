package inject

import "bytes"

// MaxLine is the length in bytes to which a line is cut. With the longest header
// it still fits a UDP datagram (65,507 bytes) and the line limit of
// syslog-blacklist's receivers (64 KiB).
const MaxLine = 64000

// cutMark stands at the end of a line that was cut. Without it a writer who
// chooses the length of a line could choose what stands at its end, where rules
// look for an address.
const cutMark = " [cut]"

// splitter cuts a stream into lines at LF. It holds at most one line.
type splitter struct {
	emit     func(line []byte) // the bytes are the splitter's again on return
	line     []byte
	skipping bool // the rest of a cut line is being thrown away
	cut      uint64
}

// write takes the next bytes of the stream.
func (s *splitter) write(p []byte) {
	for len(p) > 0 {
		part, rest, ended := bytes.Cut(p, []byte{'\n'})
		if !s.skipping {
			s.add(part)
		}
		if ended {
			if !s.skipping {
				s.emit(s.line)
			}
			s.line, s.skipping = s.line[:0], false
		}
		p = rest
	}
}

// end takes the end of the stream: a last line without LF is a line.
func (s *splitter) end() {
	if len(s.line) > 0 {
		s.emit(s.line)
		s.line = s.line[:0]
	}
}

// add extends the line. What exceeds MaxLine cuts it, and the line goes out at
// once: its end may never come.
func (s *splitter) add(part []byte) {
	if room := MaxLine - len(s.line); len(part) > room {
		s.emit(append(append(s.line, part[:room]...), cutMark...))
		s.line, s.skipping = s.line[:0], true
		s.cut++
		return
	}
	s.line = append(s.line, part...)
}
