package regexset

import (
	"regexp/syntax"
	"sync"
)

// shared is what the patterns of one Compile have in common. It is safe for
// concurrent use.
type shared struct {
	least int // instructions of a group that is worth a token

	mu sync.Mutex // guards the rest
	// groups are those seen, tokens what they make: nil for those that make none.
	groups []*syntax.Regexp
	tokens []*token
	tables map[[2]byteSet]*byteTable
}

func newShared(least int) *shared {
	return &shared{least: least, tables: map[[2]byteSet]*byteTable{}}
}

// token returns the token for a group, nil when it is none.
func (s *shared) token(group *syntax.Regexp) *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, g := range s.groups {
		if g == group || g.Equal(group) {
			return s.tokens[i]
		}
	}
	prog, err := syntax.Compile(group.Simplify())
	if err != nil || len(prog.Inst) < s.least || len(prog.Inst) > maxProgram {
		return nil
	}
	t := newToken(prog)
	s.groups = append(s.groups, group)
	s.tokens = append(s.tokens, t)
	return t
}

// table returns the table of two sets.
func (s *shared) table(first, second byteSet) *byteTable {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]byteSet{first, second}
	t := s.tables[key]
	if t == nil {
		t = newByteTable(&first, &second)
		s.tables[key] = t
	}
	return t
}
