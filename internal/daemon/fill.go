package daemon

import (
	"net/netip"

	"syslog-blacklist/internal/ledger"
)

// fillBatch is how many elements are prepared at once to fill a set.
const fillBatch = 1 << 13

// fill writes what the ledger remembers into sets that are empty, as they are after a
// reboot. Nothing else runs yet, so that it need not go through what is pending,
// which would take twice the time. What the kernel does not take now the first
// comparison finds missing.
func (e *enforcer) fill() error {
	for _, set := range []ledger.Set{ledger.Blacklist, ledger.Whitelist} {
		empty, err := e.empty(set)
		if err != nil {
			return err
		}
		if empty {
			e.fillOne(set)
		}
	}
	e.unacked = nil
	return nil
}

// empty tells whether the set holds nothing, in both families.
func (e *enforcer) empty(set ledger.Set) (bool, error) {
	for _, probe := range []netip.Prefix{everyIPv4, everyIPv6} {
		h, err := e.kernel.Header(e.sets.of(set, probe))
		if err != nil || h.Entries > 0 {
			return false, err
		}
	}
	return true, nil
}

func (e *enforcer) fillOne(set ledger.Set) {
	changes := make([]ledger.Change, 0, fillBatch)
	e.ledger.Each(now(), set, func(b ledger.Ban) bool {
		changes = append(changes, ledger.Change{Set: set, Prefix: b.Prefix, Remaining: b.Remaining, Entry: b.Entry})
		if len(changes) == fillBatch {
			e.writeAll(changes)
			changes = changes[:0]
		}
		return len(e.unacked) == 0
	})
	e.writeAll(changes)
}
