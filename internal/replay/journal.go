package replay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"syslog-blacklist/internal/syslog"
)

// cursor is the field that journalctl writes first.
var cursor = []byte("__CURSOR=")

// Limits of the journal's export. Of a field's name 64 bytes are allowed by
// journald itself; fields of ours other than MESSAGE are words.
const (
	maxFieldName = 64
	maxFieldWord = 256
)

// entry is what we read of a journal entry. It becomes the message that the
// program would have sent had it spoken syslog.
type entry struct {
	words   map[string]string // the fields in journalWords
	message []byte
	cut     bool
}

// journalWords are the fields besides MESSAGE that matter, systemd.journal-fields(7).
var journalWords = map[string]bool{
	"SYSLOG_IDENTIFIER": true, "_COMM": true, "SYSLOG_PID": true, "_PID": true, "_HOSTNAME": true,
	"PRIORITY": true, "SYSLOG_FACILITY": true, "__REALTIME_TIMESTAMP": true,
}

// journal is the source of a text in the Journal Export Format, as journalctl -o
// export writes it (systemd.io/JOURNAL_EXPORT_FORMATS): fields, one a line, and an
// empty line behind each entry.
func journal(b *bufio.Reader, limit int) source {
	e := entry{words: map[string]string{}}
	return func(dst []byte) ([]byte, bool, error) {
		clear(e.words)
		e.message, e.cut = e.message[:0], false
		if err := e.read(b, limit); err != nil {
			return dst, false, err
		}
		return e.appendTo(dst), e.cut, nil
	}
}

// read reads the fields of one entry.
func (e *entry) read(b *bufio.Reader, limit int) error {
	for begun := false; ; {
		name, text, err := readName(b)
		switch {
		case err == io.EOF && begun: // the last entry, without an empty line
			return nil
		case err != nil:
			return err
		case name == "" && begun:
			return nil
		case name == "":
			continue
		}
		begun = true
		if err := e.field(b, name, text, limit); err != nil {
			return fmt.Errorf("journal field %s: %w", strconv.Quote(name), err)
		}
	}
}

// readName reads the name of a field. It is empty for an empty line. text tells
// that the value follows on this line, otherwise its length and bytes do.
func readName(b *bufio.Reader) (name string, text bool, err error) {
	var buf [maxFieldName]byte
	for n := 0; ; n++ {
		c, err := b.ReadByte()
		switch {
		case err == io.EOF && n > 0:
			return "", false, io.ErrUnexpectedEOF
		case err != nil:
			return "", false, err
		case c == '\n' || c == '=' && n > 0:
			return string(buf[:n]), c == '=', nil
		case n == len(buf):
			return "", false, fmt.Errorf("journal: %q is no field's name", buf[:])
		}
		buf[n] = c
	}
}

// field reads the value of a field, of which at most limit bytes are kept.
func (e *entry) field(b *bufio.Reader, name string, text bool, limit int) error {
	if name != "MESSAGE" {
		limit = maxFieldWord
	}
	read := appendBinary
	if text {
		read = appendLine
	}
	switch {
	case name == "MESSAGE":
		var err error
		e.message, e.cut, err = read(e.message[:0], b, limit)
		return unlessEnd(err)
	case journalWords[name]:
		word, _, err := read(nil, b, limit)
		e.words[name] = string(word)
		return unlessEnd(err)
	}
	_, _, err := read(nil, b, 0)
	return unlessEnd(err)
}

// unlessEnd makes the end of the input, where a value should be, a fault.
func unlessEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendBinary appends a value that may hold line feeds, at most limit bytes of
// it: a length of 64 bits, little endian, that many bytes, and a line feed.
func appendBinary(dst []byte, b *bufio.Reader, limit int) (value []byte, cut bool, err error) {
	var size [8]byte
	if _, err := io.ReadFull(b, size[:]); err != nil {
		return dst, false, err
	}
	length := binary.LittleEndian.Uint64(size[:])
	if length > math.MaxInt64 {
		return dst, false, errors.New("a length beyond all bounds: this is no journal export")
	}
	kept := min(length, uint64(limit))
	from := len(dst)
	dst = append(dst, make([]byte, kept)...)
	if _, err := io.ReadFull(b, dst[from:]); err != nil {
		return dst, false, err
	}
	if _, err := io.CopyN(io.Discard, b, int64(length-kept)); err != nil {
		return dst, false, err
	}
	c, err := b.ReadByte()
	if err == nil && c != '\n' {
		err = errors.New("no line feed behind the value: this is no journal export")
	}
	if err != nil {
		return dst, false, err
	}
	return dst, kept < length, nil
}

// appendTo appends the entry as a syslog message. RFC 5424 keeps the year.
func (e *entry) appendTo(dst []byte) []byte {
	h := syslog.Header{
		Format: syslog.RFC5424, Time: time.UnixMicro(int64(e.number("__REALTIME_TIMESTAMP"))).UTC(),
		Priority: (e.number("SYSLOG_FACILITY")%24)*8 + e.number("PRIORITY")%8,
		Host:     e.words["_HOSTNAME"], Tag: e.words["SYSLOG_IDENTIFIER"], PID: e.number("SYSLOG_PID"),
	}
	if h.Tag == "" {
		h.Tag = e.words["_COMM"]
	}
	if h.PID == 0 {
		h.PID = e.number("_PID")
	}
	return syslog.Append(dst, &h, e.message)
}

// number is the field as a number, or 0 when it is none.
func (e *entry) number(field string) int {
	n, err := strconv.ParseUint(e.words[field], 10, 53)
	if err != nil {
		return 0
	}
	return int(n)
}
