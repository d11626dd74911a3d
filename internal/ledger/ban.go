package ledger

import (
	"net/netip"
	"time"
)

// Origin tells who made a ban or an acceptance.
type Origin string

const (
	ByRule     Origin = "rule"
	ByOperator Origin = "operator"
	ByKernel   Origin = "kernel" // found in the kernel's set
)

// Ban is one element of a set: a ban in the Blacklist, an acceptance in the
// Whitelist.
type Ban struct {
	Set    Set
	Prefix netip.Prefix
	Entry  string // the entry's name, or the operator's reason
	Origin Origin
	// Begun is when it was given its present length, on the boot clock: a
	// comparison with the kernel that began earlier ignores it.
	Begun time.Duration
	// Since and Until are for people. Until is zero when the ban is for ever.
	Since, Until time.Time
	// Remaining is the time left, or rules.Forever.
	Remaining time.Duration
	// For is the length it was given, or rules.Forever.
	For time.Duration
	// Nth counts this prefix's bans within the history, from 1. An acceptance has 0.
	Nth int
	// Offences are the hits since it began, without the one that tipped it.
	Offences uint64
	// Sender is who sent the line, or who the operator is.
	Sender string
	Line   string // the line that tipped it, at most MaxLine bytes
}

// Ended is a ban or an acceptance that is over. Its Remaining is 0 when its time
// was up.
type Ended struct {
	Ban
	// By is who lifted it; empty when its time was up.
	By string
}
