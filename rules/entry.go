package rules

import (
	"net/netip"
	"regexp/syntax"
)

// Entry is one named entry of the rules file. It is immutable.
type Entry struct {
	// Name is the text between the brackets; names may repeat.
	Name string
	// Number is the entry's place in the order of trial, from 0.
	Number int
	// Verdicts is never empty. Verdicts of different kinds do not mix, and only
	// Block has more than one.
	Verdicts []Verdict
	// Patterns is never empty. A line that matches one of Exclusions is not this entry's.
	Patterns, Exclusions []*Pattern
	Pos                  Pos

	shipped  string // the name of the shipped rules it belongs to, or empty
	forged   bool   // they are spoofable
	end      int    // the number of the set's first pattern behind this entry
	excluded [2]int // the numbers of its first exclusion and of the first behind it
}

// Shipped returns the name of the shipped rules that the entry belongs to; empty
// when it is the administrator's own.
func (e *Entry) Shipped() string { return e.shipped }

// Spoofable tells that shipped rules believe addresses that no handshake proves. Of
// the administrator's own entries that is not known.
func (e *Entry) Spoofable() bool { return e.forged }

// kind is that of all its verdicts; of an entry without one, Block.
func (e *Entry) kind() Kind {
	if len(e.Verdicts) == 0 {
		return Block
	}
	return e.Verdicts[0].Kind
}

// Pattern is one regular expression of an entry. It is immutable.
type Pattern struct {
	// Text is the pattern as it is written in the file.
	Text string
	// Tag is the program whose lines alone can match, as far as a literal behind ^
	// says so, without the brackets of the process number; empty otherwise.
	Tag string
	// Steering is the reason given in a "# steering: …" comment above the pattern, or empty.
	Steering string
	Pos      Pos

	entry    *Entry
	tree     *syntax.Regexp // the same parsed, with an address for {IP_NUMBER}; nobody changes it
	narrowed bool           // the tree is not the one of Text, see placeAddress
	ends     bool           // it holds a $, which a truncated line can't satisfy
	address  int            // the group of {IP_NUMBER}, or 0
	named    []group        // the other named groups
	doubts   []problem
}

type group struct {
	name  string
	index int
}

// sessionGroup is the name of the group that takes the key of a session.
const sessionGroup = "session"

// hasGroup tells whether the pattern has a group of this name.
func (p *Pattern) hasGroup(name string) bool {
	for _, g := range p.named {
		if g.name == name {
			return true
		}
	}
	return false
}

// Hit is what a line was recognised as. Its byte slices point into the line and
// live as long as that is left alone; Details is overwritten when the Hit is
// given to Match again.
type Hit struct {
	Entry *Entry
	// Pattern is the one of Entry's patterns that matched.
	Pattern *Pattern
	// Addr is the attacker's address, unmapped and without a zone; it is not
	// valid when the pattern has no {IP_NUMBER}: then the session must know it.
	Addr netip.Addr
	// Session is the value of the group "session", nil when there is none.
	Session []byte
	// Details are the other named groups that took part, in the order of the pattern.
	Details []Detail
}

// Detail is a named group's value.
type Detail struct {
	Name  string
	Value []byte
}

// List is an operand of never or always that names files of addresses: a file, a
// directory, or a pattern of either. This package does not read them.
type List struct {
	// Path is as written; where it is relative, beneath the rules file's directory.
	Path  string
	Never bool // or always
	Pos   Pos
}

// Never is an operand of a never directive: a prefix, or a name to resolve.
type Never struct {
	Prefix netip.Prefix // masked; not valid when Name is set
	Name   string
	Pos    Pos
}
