package syslog

import "encoding/binary"

// Eight bytes of a message at once, as the eighths of a number.
const (
	ones = 0x0101010101010101 // times a byte is that byte eight times
	tops = 0x8080808080808080 // the top bit of each
)

// below returns 0 when no byte of x is less than limit, which is at most 128. The lowest
// bit that is set otherwise is the top bit of the first such byte.
func below(x uint64, limit byte) uint64 { return (x - ones*uint64(limit)) &^ x & tops }

// digits reads the eight bytes at the head of b, which must be those of form, but for
// any digits where that has zeros. It returns the digits' values, and 0 for the other bytes.
// room holds what can be added to each before its top bit is set: 0x76 to a digit, which is 9
// at most, and 0x7f to what must be 0.
func digits(b []byte, form, room uint64) (x uint64, ok bool) {
	x = binary.LittleEndian.Uint64(b) ^ form
	return x, (x|(x+room))&tops == 0
}
