package regexset

import (
	"encoding/binary"
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
	// classes are those of the instructions seen, by classKey.
	classes map[string]*class
	key     []byte
}

func newShared(least int) *shared {
	return &shared{least: least, tables: map[[2]byteSet]*byteTable{}, classes: map[string]*class{}}
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
	t := newToken(prog, s.classesLocked(prog))
	s.groups = append(s.groups, group)
	s.tokens = append(s.tokens, t)
	return t
}

// classesOf returns the class of each instruction of prog that reads a rune.
func (s *shared) classesOf(prog *syntax.Prog) []*class {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.classesLocked(prog)
}

func (s *shared) classesLocked(prog *syntax.Prog) []*class {
	all := make([]*class, len(prog.Inst))
	for i := range prog.Inst {
		switch in := &prog.Inst[i]; in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			s.key = appendClassKey(s.key[:0], in)
			c, ok := s.classes[string(s.key)]
			if !ok {
				c = newClass(*in)
				s.classes[string(s.key)] = c
			}
			all[i] = c
		}
	}
	return all
}

// appendClassKey appends what tells the runes that in accepts from those of others.
func appendClassKey(key []byte, in *syntax.Inst) []byte {
	if len(in.Rune) == 1 { // then it may fold
		key = append(key, byte(syntax.Flags(in.Arg)&syntax.FoldCase))
	}
	for _, r := range in.Rune {
		key = binary.LittleEndian.AppendUint32(key, uint32(r))
	}
	return key
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
