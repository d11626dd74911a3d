package regexset

import "math/bits"

// byteSet is a set of bytes.
type byteSet [4]uint64

var (
	allBytes  = byteSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	highBytes = byteSet{2: ^uint64(0), 3: ^uint64(0)}
)

func (s *byteSet) add(b byte)      { s[b>>6] |= 1 << (b & 63) }
func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

func (s *byteSet) union(t *byteSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s *byteSet) meets(t *byteSet) bool {
	return s[0]&t[0]|s[1]&t[1]|s[2]&t[2]|s[3]&t[3] != 0
}

func (s *byteSet) len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// byteTable holds two sets of bytes: bit 1 of a byte's entry tells whether the
// first holds it, bit 2 whether the second does. A lookup in it is the fastest there is.
type byteTable [256]uint8

const (
	inFirst  = 1
	inSecond = 2
)

func newByteTable(first, second *byteSet) *byteTable {
	t := new(byteTable)
	for b := range t {
		if first.has(byte(b)) {
			t[b] = inFirst
		}
		if second.has(byte(b)) {
			t[b] |= inSecond
		}
	}
	return t
}

func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

// byteClasses numbers the bytes so that two bytes have one number when no
// member of sets tells them apart; representative is one byte of each number.
func byteClasses(sets []byteSet) (class [256]uint8, representative []byte) {
	seen := map[string]uint8{}
	signature := make([]byte, (len(sets)+7)/8)
	for b := range 256 {
		clear(signature)
		for i := range sets {
			if sets[i].has(byte(b)) {
				signature[i/8] |= 1 << (i % 8)
			}
		}
		c, ok := seen[string(signature)]
		if !ok {
			c = uint8(len(representative))
			seen[string(signature)] = c
			representative = append(representative, byte(b))
		}
		class[b] = c
	}
	return class, representative
}
