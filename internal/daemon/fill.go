package daemon

import (
	"net/netip"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
)

// fillBatch is how many elements are prepared at once to fill a set.
const fillBatch = 1 << 13

// fill writes what the ledger remembers into sets that are empty, as they are after a
// reboot. Nothing else runs yet, so that it need not go through what is pending,
// which would take twice the time. What the kernel does not take now the first
// comparison finds missing, and the enforcer says why.
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
	elements := map[string][]ipset.Element{} // by the set's name, of which there are two
	e.ledger.Each(now(), set, func(b ledger.Ban) bool {
		if !e.allowed(set, b.Prefix, false) {
			return true
		}
		name := e.sets.of(set, b.Prefix)
		some := append(elements[name], ipset.Element{Prefix: b.Prefix, Timeout: timeout(b.Remaining), Comment: e.sets.comment(name, b.Entry)})
		var err error
		if len(some) == fillBatch {
			_, err = e.kernel.Add(name, some)
			some = some[:0]
		}
		elements[name] = some
		return err == nil
	})
	for name, rest := range elements {
		e.kernel.Add(name, rest)
	}
}
