package ledger

// A slab holds values by number. It grows by pieces and never moves a value: a
// slice would copy a hundred megabytes, with the ledger held, each time it doubles.
type slab[T any] struct {
	pieces []*[pieceLength]T
	free   []int32
	top    int32 // numbers from here on were never used
}

const pieceLength = 1024

// at returns the value i. The pointer is good until i is released.
func (s *slab[T]) at(i int32) *T { return &s.pieces[uint32(i)/pieceLength][uint32(i)%pieceLength] }

// add returns the number of a zero value.
func (s *slab[T]) add() int32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	if int(s.top) == len(s.pieces)*pieceLength {
		s.pieces = append(s.pieces, new([pieceLength]T))
	}
	s.top++
	return s.top - 1
}

// release gives i back.
func (s *slab[T]) release(i int32) {
	*s.at(i) = *new(T)
	s.free = append(s.free, i)
}

func (s *slab[T]) len() int { return int(s.top) - len(s.free) }
