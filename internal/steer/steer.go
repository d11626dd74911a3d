package steer

import "context"

// Pattern is one regular expression.
type Pattern struct {
	// Expr is for package regexp, without {IP_NUMBER} and the like.
	Expr string
	// Group is the name of the group that takes the address. It stands in Expr
	// once, outside alternatives and repetitions.
	Group string
	// Proved tells that the pattern was proved elsewhere: it is tried only
	// together with patterns that were not.
	Proved bool
	// Others are the names of the groups that hold what others chose, when that is
	// known: then the daemon writes the rest itself. Nil is unknown.
	Others []string
}

// Kind is what was found.
type Kind uint8

const (
	// Overflow: a field that others fill can reach over what the log writes behind it.
	Overflow Kind = iota
	// ForeignStart: the pattern doesn't begin with ^ and a program's name, and so
	// believes the lines of every program.
	ForeignStart
	// Union: the pattern takes a wrong address out of a line that another one reads right.
	Union
	// BorrowedEnd: nothing but the end of the line keeps the pattern from an Overflow.
	BorrowedEnd
	// NotProved: the search was given up, or what it found can't be confirmed.
	NotProved
)

// Finding is what was found out about a pattern.
type Finding struct {
	Kind Kind
	// Pattern is the index of the pattern that takes the wrong address.
	Pattern int
	// Other is the index of the pattern that describes the line; Pattern itself but for a Union.
	Other int
	// Line is a shortest line that shows it; empty where nothing was proved.
	Line string
	// Taken and True are the places in Line of the address that is taken and of
	// the client's. A ForeignStart has no True.
	Taken, True [2]int
}

// Prove returns what there is to say against the patterns, which are tried in
// their order: findings on single patterns first. A pattern with a ForeignStart
// is not searched further when it is not even anchored.
//
// It takes some ten milliseconds a pattern, a second and 100 MiB for the worst. An
// error is that of ctx, or a pattern that can't be compiled.
func Prove(ctx context.Context, patterns []Pattern) ([]Finding, error) {
	subjects, err := newSubjects(patterns)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, s := range subjects {
		if s.Proved {
			continue
		}
		found, err := s.prove(ctx)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	found, err := proveUnions(ctx, subjects)
	if err != nil {
		return nil, err
	}
	return append(findings, found...), nil
}
