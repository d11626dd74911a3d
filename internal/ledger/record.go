package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"
)

// The file is a header and records: the length of the content, its CRC-32C, the
// content. A record is the whole state of one prefix, so that the last one of a
// prefix is all that counts, or the moment at which what follows was saved.

const header = "syslog-blacklist ledger 1\n"

const (
	clockRecord  = 'c'
	prefixRecord = 'p'
)

// maxRecord bounds what a damaged length makes the reader ask for.
const maxRecord = 1 << 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// saved is the state of one prefix as it stands in the file: the times are wall
// clock, in milliseconds since 1970. Without holds and past it was forgotten.
type saved struct {
	key       key
	holds     [2]savedHold
	past      []savedPast // the oldest first
	more      uint32
	moreEnded int64
}

type savedHold struct {
	held         bool
	since, until int64 // until is endless for ever
	length       time.Duration
	nth          uint32
	offences     uint64
	origin       Origin
	entry        string
	sender       string
	line         string
}

type savedPast struct {
	begun, ended int64
	offences     uint64
	entry        string
}

const endless = math.MaxInt64

// maxText bounds the names that are saved: an operator's reason, a comment of the
// kernel (255 bytes at most), an entry's name.
const maxText = 1024

// appendRecord appends a record that fill writes the content of.
func appendRecord(b []byte, fill func([]byte) []byte) []byte {
	at := len(b)
	b = fill(append(b, 0, 0, 0, 0, 0, 0, 0, 0))
	content := b[at+8:]
	binary.LittleEndian.PutUint32(b[at:], uint32(len(content)))
	binary.LittleEndian.PutUint32(b[at+4:], crc32.Checksum(content, castagnoli))
	return b
}

func appendClock(b []byte, wall time.Time) []byte {
	return appendRecord(b, func(b []byte) []byte {
		return binary.AppendVarint(append(b, clockRecord), wall.UnixMilli())
	})
}

func appendSaved(b []byte, s *saved) []byte {
	return appendRecord(b, func(b []byte) []byte {
		b = append(b, prefixRecord)
		b = binary.BigEndian.AppendUint64(b, s.key.hi)
		b = binary.BigEndian.AppendUint64(b, s.key.lo)
		b = append(b, s.key.bits)
		for i := range s.holds {
			b = appendHold(b, &s.holds[i])
		}
		b = append(b, byte(len(s.past)))
		for _, p := range s.past {
			b = binary.AppendVarint(b, p.begun)
			b = binary.AppendVarint(b, p.ended)
			b = binary.AppendUvarint(b, p.offences)
			b = appendText(b, p.entry)
		}
		b = binary.AppendUvarint(b, uint64(s.more))
		return binary.AppendVarint(b, s.moreEnded)
	})
}

func appendHold(b []byte, h *savedHold) []byte {
	if !h.held {
		return append(b, 0)
	}
	b = append(b, h.origin.letter())
	b = binary.AppendVarint(b, h.since)
	b = binary.AppendVarint(b, h.until)
	b = binary.AppendVarint(b, int64(h.length))
	b = binary.AppendUvarint(b, uint64(h.nth))
	b = binary.AppendUvarint(b, h.offences)
	b = appendText(b, h.entry)
	b = appendText(b, h.sender)
	return appendText(b, h.line)
}

func appendText(b []byte, s string) []byte {
	s = s[:min(len(s), maxText)]
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// letter is how an origin is written: its first.
func (o Origin) letter() byte { return o[0] }

// originOf is the origin of that letter; empty when there is none.
func originOf(letter byte) Origin {
	for _, o := range []Origin{ByRule, ByOperator, ByKernel} {
		if o.letter() == letter {
			return o
		}
	}
	return ""
}

// decoder reads a record's content; after the first fault it yields zeros.
type decoder struct {
	b     []byte
	bad   bool
	names names
}

// names keeps one copy of what a million records name.
type names map[string]string

func (n names) of(b []byte) string {
	s, ok := n[string(b)]
	if !ok {
		s = string(b)
		n[s] = s
	}
	return s
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) byte() byte {
	if v := d.bytes(1); v != nil {
		return v[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if v := d.bytes(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	d.bytes(uint64(n)) // a fault is 0 or below: too many
	d.bad = d.bad || n == 0
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.bytes(uint64(n))
	d.bad = d.bad || n == 0
	return v
}

func (d *decoder) text() string { return string(d.bytes(d.uvarint())) }

func (d *decoder) name() string { return d.names.of(d.bytes(d.uvarint())) }

func (d *decoder) hold() savedHold {
	letter := d.byte()
	if letter == 0 {
		return savedHold{}
	}
	origin := originOf(letter)
	h := savedHold{
		held: true, origin: origin, since: d.varint(), until: d.varint(), length: time.Duration(d.varint()),
		nth: uint32(d.uvarint()), offences: d.uvarint(), entry: d.name(), sender: d.name(), line: d.text(),
	}
	d.bad = d.bad || origin == "" || h.length < 0
	return h
}

// decodeSaved reads a prefix record's content.
func decodeSaved(content []byte, n names) (s saved, ok bool) {
	d := decoder{b: content, names: n}
	kind := d.byte()
	hi, lo, bits := d.uint64(), d.uint64(), int(d.byte())
	s.key = newKey(hi, lo, min(bits, 128))
	for i := range s.holds {
		s.holds[i] = d.hold()
	}
	for range min(d.byte(), keptPast+1) {
		s.past = append(s.past, savedPast{begun: d.varint(), ended: d.varint(), offences: d.uvarint(), entry: d.name()})
	}
	s.more, s.moreEnded = uint32(d.uvarint()), d.varint()
	ok = !d.bad && len(d.b) == 0 && kind == prefixRecord && len(s.past) <= keptPast &&
		int(s.key.bits) == bits && s.key.hi == hi && s.key.lo == lo
	return s, ok
}

func decodeClock(content []byte) (ms int64, ok bool) {
	d := decoder{b: content}
	kind := d.byte()
	ms = d.varint()
	return ms, !d.bad && len(d.b) == 0 && kind == clockRecord
}

// errHeader is a file of another version, or none of ours.
var errHeader = errors.New("no header of this version")

// readRecords calls f with the content of each record until one is bad, and returns
// how many bytes of the file are good. The error is nil when all are.
func readRecords(r io.Reader, f func(content []byte) error) (good int64, err error) {
	in := bufio.NewReaderSize(r, 1<<18)
	var head [len(header)]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:]) != header {
		return 0, errHeader
	}
	good = int64(len(header))
	var frame [8]byte
	content := make([]byte, 0, 512)
	for {
		if _, err := io.ReadFull(in, frame[:]); err == io.EOF {
			return good, nil
		} else if err != nil {
			return good, fmt.Errorf("record at byte %d: %w", good, err)
		}
		n, sum := binary.LittleEndian.Uint32(frame[:4]), binary.LittleEndian.Uint32(frame[4:])
		if n > maxRecord {
			return good, fmt.Errorf("record at byte %d: length %d", good, n)
		}
		content = append(content[:0], make([]byte, n)...)
		if _, err := io.ReadFull(in, content); err != nil {
			return good, fmt.Errorf("record at byte %d: %w", good, err)
		}
		if crc32.Checksum(content, castagnoli) != sum {
			return good, fmt.Errorf("record at byte %d: wrong checksum", good)
		}
		if err := f(content); err != nil {
			return good, fmt.Errorf("record at byte %d: %w", good, err)
		}
		good += 8 + int64(n)
	}
}
