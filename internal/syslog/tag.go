package syslog

// startsTag tells whether a tag stands at the head of b.
func startsTag(b []byte) bool {
	name, _ := readTag(b)
	return name > 0
}

// readTag reads a tag at the head of b: name is the length of the program's
// name, 0 when there is no tag, and head includes the bracketed PID.
func readTag(b []byte) (name, head int) {
	name = nameLen(b)
	if name == 0 || name > maxWord || name == len(b) {
		return 0, 0
	}
	switch b[name] {
	case ':':
		if addressLen(b) > 0 {
			return 0, 0
		}
		return name, name
	case '[':
		return readPID(b, name)
	}
	return 0, 0
}

// readPID reads "[pid]" behind a name, with ":" behind it, or with a blank when
// the PID is a number.
func readPID(b []byte, name int) (int, int) {
	pid := b[name+1 : min(len(b), name+2+maxWord)]
	n := 0
	for n < len(pid) && pid[n] != ']' && pid[n] != ' ' {
		n++
	}
	if n == len(pid) || pid[n] == ' ' {
		return 0, 0
	}
	head := name + n + 2
	if head < len(b) && b[head] == ':' {
		return name, head
	}
	if allDigits(pid[:n]) && (head == len(b) || b[head] == ' ') {
		return name, head
	}
	return 0, 0
}
