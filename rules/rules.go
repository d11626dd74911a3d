package rules

import (
	"net/netip"
	"time"
)

// Kind is what a verdict does.
type Kind uint8

const (
	Block Kind = iota
	Accept
	Ignore
	Remember
	Forget
)

// Forever is the duration of a ban that does not end by itself.
const Forever time.Duration = 1<<63 - 1

// Verdict is one verdict line of an entry.
type Verdict struct {
	Kind Kind
	// For is how long the ban, acceptance or session lasts: at least one second,
	// or Forever. It is 0 for Ignore and Forget.
	For time.Duration
	// After is the number of hits in Within that is needed: 1 to 255. An entry
	// without a count has 1, and Within 0.
	After  int
	Within time.Duration
	// Different names the group whose distinct values are counted, or is empty.
	Different string
	// DoublingTo is the longest ban of an escalation; 0 is no escalation.
	DoublingTo time.Duration
}

// Entry is one named entry of the rules file. It is immutable.
type Entry struct {
	// Name is the text between the brackets; names may repeat.
	Name string
	// Number is the entry's place in the order of trial, from 0.
	Number int
	// Verdicts is never empty. Verdicts of different kinds do not mix, but for Block lines.
	Verdicts []Verdict
	Pos      Pos
}

// Pos is a place in a rules file; Line and Column count from 1, Column in bytes.
type Pos struct {
	File         string
	Line, Column int
}

// Hit is what a line was recognised as. Its slices point into the line and into
// the matcher, and live until the matcher's next call.
type Hit struct {
	Entry *Entry
	// Addr is the attacker's address, unmapped and without a zone; it is not
	// valid when the pattern has no {IP_NUMBER}: then the session must know it.
	Addr netip.Addr
	// Session is the value of the group "session", nil when there is none.
	Session []byte
	// Details are the other named groups, in the order of the pattern.
	Details []Detail
}

// Detail is a named group's value.
type Detail struct {
	Name  string
	Value []byte
}

// Never is an operand of a never directive: a prefix, or a name to resolve.
type Never struct {
	Prefix netip.Prefix // not valid when Name is set
	Name   string
	Pos    Pos
}
