package syslog

import "bytes"

// readPriority reads "<PRI>" at the head of b and returns what follows. marked
// tells that something stood there that can only be meant as a priority: one out
// of range or with a leading zero is dropped with Priority left at -1, because the
// header behind it is as good as any.
func (m *Message) readPriority(b []byte) (rest []byte, marked bool) {
	if len(b) == 0 || b[0] != '<' {
		return b, false
	}
	end := 1
	value := 0
	number := true
	for ; end < len(b) && b[end] != '>'; end++ {
		switch c := b[end]; {
		case end > 5:
			return b, false
		case isDigit(c):
			value = value*10 + int(c-'0')
		case c == '-' || c == '+':
			number = false
		default:
			return b, false
		}
	}
	if end == len(b) {
		return b, false
	}
	digits := end - 1
	if number && digits > 0 && value <= 191 && (b[1] != '0' || digits == 1) {
		m.Priority = value
	}
	return bytes.TrimLeft(b[end+1:], " "), true
}

func isDigit(c byte) bool { return c-'0' <= 9 }
