package syslog

// Message is one parsed message. Its byte slices point into the buffer that
// Parse was given and live as long as that buffer is left alone.
type Message struct {
	// Line is the canonical line that rules see: TAG[PID]: TEXT, without
	// priority, date and host, and with CR, LF and NUL turned into spaces.
	Line []byte
	// Host is the sender's name for itself, empty when it gave none.
	// It is a claim, never evidence.
	Host []byte
	// Tag is the program's name, PID what stood in its brackets (or PROCID),
	// Text what follows. Each is part of Line. Each may be empty; PID is also
	// empty when a relay cut it, although Line still shows its first digits.
	Tag, PID, Text []byte
	// Stamp is the timestamp as the sender wrote it, empty when it wrote none.
	// A line without a priority may have the program's own, which was before Text.
	Stamp []byte
	// Priority is facility×8 + severity, 0 to 191, or -1 when it is missing or
	// not one.
	Priority int
	// Repeat says how many messages this one stands for: 1, or N for "message
	// repeated N times: [ … ]", whose brackets' content Line then holds.
	Repeat int
	// Truncated is set by who cut the message at the line limit: its end is not
	// the message's end, so no pattern that ends in $ may match it. Parse clears it.
	Truncated bool
}
