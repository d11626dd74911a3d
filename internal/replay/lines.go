package replay

import (
	"bufio"
	"io"

	"syslog-blacklist/internal/syslog"
)

// A source appends one message after the other to dst, or returns an error: io.EOF
// at the end. cut tells that the message was longer.
type source func(dst []byte) (longer []byte, cut bool, err error)

// lines is the source of a text. A line longer than limit is cut there, and
// prefix stands before each.
func lines(b *bufio.Reader, prefix string, limit int) source {
	return func(dst []byte) ([]byte, bool, error) {
		return appendLine(append(dst, prefix...), b, limit)
	}
}

// appendLine appends the next line of b to dst, without its end, and no more than
// limit bytes of it; cut tells that there were more.
func appendLine(dst []byte, b *bufio.Reader, limit int) (line []byte, cut bool, err error) {
	for read := 0; ; {
		part, err := b.ReadSlice('\n')
		read += len(part)
		if err == nil {
			part = trimEnd(part)
		}
		n := min(len(part), limit)
		dst, limit, cut = append(dst, part[:n]...), limit-n, cut || n < len(part)
		switch {
		case err == bufio.ErrBufferFull:
		case err == io.EOF && read > 0: // the last line, without an end
			return dst, cut, nil
		default:
			return dst, cut, err
		}
	}
}

// trimEnd takes a line feed off line, and the carriage returns before it.
func trimEnd(line []byte) []byte {
	line = line[:len(line)-1]
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}

// ValidTag tells whether tag is read as a program's name when it stands before
// each line of its log.
func ValidTag(tag string) bool {
	var m syslog.Message
	syslog.Parse(&m, []byte(tag+": text"))
	return string(m.Tag) == tag && string(m.Text) == "text"
}
