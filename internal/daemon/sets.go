package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
)

// smallSet is the capacity of the sets that people fill by hand; lists make them grow.
const smallSet = 1 << 16

// BurstSet is the set that the firewall's burst rules fill by themselves.
const BurstSet = "burst"

// sets knows the names of the kernel's sets and what they can take.
type sets struct {
	config.Sets
	bursts bool // whether the burst sets are wanted
	prefix config.Prefix
	found  map[string]*shape
}

// shape is what a set that was found cannot take.
type shape struct {
	plain atomic.Bool // no comments
	hosts atomic.Bool // no networks: the kernel would expand one into all of its addresses
}

func newSets(cfg *config.Config) *sets {
	s := &sets{Sets: cfg.Sets, bursts: len(cfg.Firewall.Bursts) > 0, prefix: cfg.Prefix, found: map[string]*shape{}}
	for _, spec := range s.specs() {
		s.found[spec.Name] = new(shape)
	}
	return s
}

// v6 names the set that holds the IPv6 half of the set named name.
func v6(name string) string { return name + "6" }

func (s *sets) of(set ledger.Set, p netip.Prefix) string {
	name := s.Blacklist
	if set == ledger.Whitelist {
		name = s.Whitelist
	}
	return family(name, p)
}

func family(name string, p netip.Prefix) string {
	if p.Addr().Is6() {
		return v6(name)
	}
	return name
}

func (s *sets) comment(set, text string) string {
	if !s.Comments || s.found[set].plain.Load() {
		return ""
	}
	return text
}

// takes tells whether the set can hold p.
func (s *sets) takes(set string, p netip.Prefix) bool {
	return p.IsSingleIP() || !s.found[set].hosts.Load()
}

// specs lists the sets as they are made when they are missing. The blacklist gets a
// hash size of its capacity: growing a hash stalls every writer, and where several
// share a bucket that is copied with each. A bucket takes eight bytes, so that IPv6, of
// which few ever have a million, begins with fewer. The burst sets cut what a firewall
// rule adds to the length that is banned as one.
func (s *sets) specs() []ipset.Spec {
	out := []ipset.Spec{{Name: s.Blacklist, MaxElem: uint32(s.Size), HashSize: uint32(s.Size)},
		{Name: s.Whitelist, MaxElem: smallSet}, {Name: s.Blackout, MaxElem: smallSet}}
	if s.bursts {
		out = append(out, ipset.Spec{Name: BurstSet, Type: ipset.HashIP, MaxElem: smallSet})
	}
	for i := range out {
		spec := &out[i]
		spec.Counters, spec.Comments = true, s.Comments
		six := *spec
		six.Name, six.IPv6, six.HashSize = v6(spec.Name), true, spec.HashSize/4
		if spec.Type == ipset.HashIP {
			spec.NetMask, six.NetMask = mask(s.prefix.IPv4, 32), mask(s.prefix.IPv6, 128)
		}
		out = append(out, six)
	}
	return out
}

// mask is the netmask of a set: none where the whole address counts.
func mask(bits, whole int) uint8 {
	if bits == whole {
		return 0
	}
	return uint8(bits)
}

// ensure makes every set that is missing, takes those that will do as they are,
// and replaces an ancestor's that has no timeouts.
func (s *sets) ensure(k kernel, log *slog.Logger) error {
	var faults []error
	for _, spec := range s.specs() {
		if err := s.ensureOne(k, spec, log); err != nil {
			faults = append(faults, err)
			if !errors.Is(err, errUnfit) { // what fails once, a missing privilege say, fails six times
				break
			}
		}
	}
	return errors.Join(faults...)
}

// errUnfit marks a set that exists and cannot be used.
var errUnfit = errors.New("set cannot be used")

func (s *sets) ensureOne(k kernel, spec ipset.Spec, log *slog.Logger) error {
	h, err := k.Header(spec.Name)
	if errors.Is(err, ipset.ErrNotExist) {
		if err := k.Create(spec); err != nil && !errors.Is(err, ipset.ErrExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	if (h.Type != ipset.HashNet && h.Type != ipset.HashIP) || h.IPv6 != spec.IPv6 {
		return fmt.Errorf("set %s has type %s, and hash:net (family %s) is wanted: rename it, or name another under sets: in the configuration (%w)",
			spec.Name, h.Type, familyName(spec.IPv6), errUnfit)
	}
	if !h.Timeouts {
		if err := s.replace(k, spec, h); err != nil {
			return err
		}
		log.Info(fmt.Sprintf("set %s had no timeouts: it was replaced by one that has, with its %d elements", spec.Name, h.Entries))
		return nil
	}
	s.found[spec.Name].plain.Store(!h.Comments)
	s.found[spec.Name].hosts.Store(h.Type == ipset.HashIP)
	return nil
}

func familyName(v6 bool) string {
	if v6 {
		return "inet6"
	}
	return "inet"
}

// room gives a set that is too small for more elements the size that the
// configuration says, without a moment in which it is not there.
func (s *sets) room(k kernel, set string, more int, log *slog.Logger) error {
	if more == 0 {
		return nil
	}
	h, err := k.Header(set)
	if err != nil || int(h.Entries)+more <= int(h.MaxElem) || int(h.MaxElem) >= s.Size {
		return err
	}
	specs := s.specs()
	spec := specs[slices.IndexFunc(specs, func(x ipset.Spec) bool { return x.Name == set })]
	spec.MaxElem, spec.HashSize = uint32(s.Size), uint32(s.Size)
	if err := s.replace(k, spec, h); err != nil {
		return fmt.Errorf("enlarge set %s: %w", set, err)
	}
	log.Info(fmt.Sprintf("set %s has room for %d elements now, before for %d", set, s.Size, h.MaxElem))
	return nil
}

// enlarge gives blacklists that were made smaller the size that the configuration
// says. It is for the start: what somebody takes out of a set while it is replaced
// would come back.
func (s *sets) enlarge(k kernel, log *slog.Logger) error {
	return errors.Join(s.room(k, s.Blacklist, s.Size, log), s.room(k, v6(s.Blacklist), s.Size, log))
}

// replace puts a set made by spec, but of the type that there is, in the place of
// the one that there is, with its elements and their timeouts. The kernel swaps
// only sets of one type (ip_set_swap), so a hash:ip stays one.
func (s *sets) replace(k kernel, spec ipset.Spec, h ipset.Header) error {
	next := spec
	next.Name, next.Type = spec.Name+".new", h.Type
	s.found[spec.Name].hosts.Store(h.Type == ipset.HashIP)
	if err := k.Destroy(next.Name); err != nil && !errors.Is(err, ipset.ErrNotExist) {
		return err
	}
	if err := k.Create(next); err != nil {
		return err
	}
	var elements []ipset.Element
	if err := k.List(spec.Name, func(e ipset.Element) bool { elements = append(elements, e); return true }); err != nil {
		return err
	}
	if _, err := k.Add(next.Name, elements); err != nil {
		return err
	}
	if err := k.Swap(next.Name, spec.Name); err != nil {
		return err
	}
	return k.Destroy(next.Name)
}
