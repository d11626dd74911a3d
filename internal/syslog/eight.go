package syslog

// Eight bytes of a message at once, as the eighths of a number.
const (
	ones = 0x0101010101010101 // times a byte is that byte eight times
	tops = 0x8080808080808080 // the top bit of each
)

// below returns 0 when none of x's bytes is less than limit, which is at most 128.
func below(x uint64, limit byte) uint64 { return (x - ones*uint64(limit)) &^ x & tops }
