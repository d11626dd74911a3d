package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"syslog-blacklist/internal/spare"
	"syslog-blacklist/ipset"
)

// The comments of the elements that no verdict made. They tell a later run
// which elements are the program's to take away again.
const (
	sparedComment = "spared: " // and the reason
	alwaysComment = "always"
)

func isSpared(comment string) bool { return strings.HasPrefix(comment, sparedComment) }

// fixed keeps the elements that stand for ever: the spared in the whitelist, the
// rules' always in the blackout list.
type fixed struct {
	wake chan struct{} // capacity 1: want and have differ

	mu   sync.Mutex
	want map[string]elements // by set
	have map[string]elements // the program's own, as last seen or written
}

func newFixed() *fixed {
	return &fixed{wake: make(chan struct{}, 1), want: map[string]elements{}, have: map[string]elements{}}
}

// Want makes the spared and always the elements to keep.
func (f *fixed) Want(names *sets, spared []spare.Entry, always []netip.Prefix) {
	all := map[string][]element{}
	for _, name := range []string{names.Whitelist, names.Blackout} {
		all[name], all[v6(name)] = nil, nil
	}
	all[names.Blackout] = make([]element, 0, len(always)) // a million in lists, and most are IPv4
	add := func(name string, p netip.Prefix, comment string) {
		if set := family(name, p); names.takes(set, p) {
			all[set] = append(all[set], element{p, comment})
		}
	}
	for _, e := range spared {
		add(names.Whitelist, e.Prefix, sparedComment+string(e.Reason))
	}
	for _, p := range always {
		add(names.Blackout, p, alwaysComment)
	}
	want := map[string]elements{}
	for set, gathered := range all {
		want[set] = arrange(gathered)
	}
	f.mu.Lock()
	f.want = want
	f.mu.Unlock()
	f.signal()
}

func (f *fixed) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// write brings the kernel from have to want. It returns an error where the
// kernel did not follow; have tells what it did follow.
func (f *fixed) write(k kernel, names *sets, log *slog.Logger) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var faults []error
	for set, want := range f.want {
		add, remove := difference(f.have[set], want)
		for i := range add {
			add[i].Comment = names.comment(set, add[i].Comment)
		}
		if err := names.room(k, set, len(add), log); err != nil {
			faults = append(faults, err)
			continue
		}
		// What is new comes first: where a list has put two halves together, neither
		// is open meanwhile. A set that has no room for both makes some.
		n, err := k.Add(set, add)
		full := errors.Is(err, ipset.ErrFull)
		if err != nil && !full {
			faults = append(faults, err)
		}
		_, err = k.Delete(set, remove)
		if err == nil && full {
			var more int
			more, err = k.Add(set, add[n:])
			n += more
		}
		if err != nil {
			faults = append(faults, err)
		}
		if n == len(add) {
			f.have[set] = want // neither is changed, only replaced
			continue
		}
		f.have[set] = want.without(add[n:])
	}
	return errors.Join(faults...)
}

// check reads what the kernel holds of the fixed elements, and asks for a write
// where it is not what is wanted.
func (f *fixed) check(k kernel) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for set, want := range f.want {
		there := make([]bool, len(want))
		var others []element
		err := k.List(set, func(e ipset.Element) bool {
			i, wanted := want.find(e.Prefix)
			switch {
			case wanted && e.Timeout == 0: // as it should be, whoever wrote it
				there[i] = true
			case isSpared(e.Comment) || e.Comment == alwaysComment:
				others = append(others, element{e.Prefix, e.Comment})
			}
			return true
		})
		if err != nil {
			return fmt.Errorf("compare fixed elements: %w", err)
		}
		if len(others) == 0 && !slices.Contains(there, false) {
			f.have[set] = want // a million are not copied, and not sorted
			continue
		}
		for i, e := range want {
			if there[i] {
				others = append(others, e)
			}
		}
		f.have[set] = arrange(others)
		f.signal()
	}
	return nil
}
