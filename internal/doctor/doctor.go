// Package doctor says where a message's way ends, from the system's log to the
// firewall, and how to mend it. It judges facts that others have gathered: it
// asks neither the daemon nor the kernel, and it mends nothing itself.
package doctor

import (
	"fmt"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/firewall"
)

// Level is how bad a finding is.
type Level string

const (
	Good    Level = "good"
	Warning Level = "warning" // it works, and not as well as it could
	Wrong   Level = "wrong"   // attackers are not kept out
	Unknown Level = "unknown" // it could not be looked at
)

// Finding is what was found out about one thing.
type Finding struct {
	Level Level  `json:"level"`
	About string `json:"about"`
	Found string `json:"found"`
	// Mend are commands, and what no command does, in the order to do them.
	Mend []string `json:"mend"`
}

// Facts is all that is judged. It is only read.
type Facts struct {
	Now        time.Time
	Kernel     error    // why the kernel's sets can't be asked, or nil
	KernelHint string   // the command against it, when there is one
	Faults     []string // of the configuration and the rules, each in a line
	// Status is what the daemon says; nil when it does not answer, for Ask.
	Status *control.Status
	Ask    error
	// Listen are the listeners' URLs, as configured, and Forwards what was found
	// in the system's files, ForwardsErr what of them can't be read: see LookForForwards.
	Listen      []string
	Forwards    []Forward
	ForwardsErr error
	// Sets are those that should be there. It is not looked at with Kernel.
	Sets     []Set
	Firewall []firewall.Status
	// FirewallErr is why Firewall is not known, or nil.
	FirewallErr error
	State       State
	// Synchronised tells whether somebody keeps the clock.
	Synchronised bool
}

// Set is one of the kernel's sets. A missing one has no Capacity.
type Set struct {
	Name              string
	Entries, Capacity int
	// Drops tells that it is a blacklist; Used, that a firewall rule uses it.
	Drops, Used bool
	Family      firewall.Family
}

// State is the directory that keeps what must survive a restart.
type State struct {
	Path string // empty: none is kept
	// Err is why it can't be looked at, and Missing tells that it is not there.
	Err     error
	Missing bool
	// ReadOnly tells that the daemon's user may not write there; User is its name.
	ReadOnly bool
	User     string
	Free     uint64    // bytes
	Newest   time.Time // when a file in it was last written; zero: never
}

// Examine follows the way of a message. The findings are in the order in which
// they are to be mended: what comes first may be the cause of what follows.
func Examine(f *Facts) []Finding {
	var r report
	r.kernel(f)
	r.clock(f)
	r.state(f)
	r.faults(f)
	if !r.daemon(f) {
		r.forwards(f, 0)
	} else {
		r.forwards(f, received(f.Status))
		r.arriving(f)
		r.hits(f)
		r.lists(f)
		r.notify(f)
		r.reports(f)
		r.lookups(f)
	}
	r.sets(f)
	r.firewall(f)
	return r.findings
}

type report struct {
	findings []Finding
}

func (r *report) add(level Level, about, found string, mend ...string) {
	r.findings = append(r.findings, Finding{level, about, found, append([]string{}, mend...)})
}

func (r *report) addf(level Level, about, format string, args ...any) {
	r.add(level, about, fmt.Sprintf(format, args...))
}
