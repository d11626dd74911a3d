package ledger

// Lists are slices of one width, by number: a slab whose values' size is known
// when the rules are read, not when the program is written.
type lists struct {
	width  int
	pieces [][]tick
	free   []int32
	top    int32
}

// at returns the list i. It is good until i is released.
func (l *lists) at(i int32) []tick {
	from := int(uint32(i)%pieceLength) * l.width
	return l.pieces[uint32(i)/pieceLength][from : from+l.width : from+l.width]
}

// add returns the number of a list. What it holds is left from its last use.
func (l *lists) add() int32 {
	if n := len(l.free); n > 0 {
		i := l.free[n-1]
		l.free = l.free[:n-1]
		return i
	}
	if int(l.top) == len(l.pieces)*pieceLength {
		l.pieces = append(l.pieces, make([]tick, pieceLength*l.width))
	}
	l.top++
	return l.top - 1
}

func (l *lists) release(i int32) { l.free = append(l.free, i) }
