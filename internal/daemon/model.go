package daemon

import (
	"net/netip"
	"sync"
	"time"

	"syslog-blacklist/ipset"
)

// model keeps sets in memory as the kernel would, capacity and timeouts
// included, so that a dry run decides all that a real one decides.
type model struct {
	now func() time.Duration

	mu   sync.Mutex
	sets map[string]*modelSet
}

type modelSet struct {
	spec     ipset.Spec
	elements map[netip.Prefix]modelElement
}

type modelElement struct {
	comment string
	end     time.Duration // 0: for ever
}

func newModel(now func() time.Duration) *model {
	return &model{now: now, sets: map[string]*modelSet{}}
}

func (m *model) Create(s ipset.Spec) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sets[s.Name] != nil {
		return &ipset.Error{Op: "create", Set: s.Name, Cause: ipset.ErrExist}
	}
	m.sets[s.Name] = &modelSet{spec: s, elements: map[netip.Prefix]modelElement{}}
	return nil
}

// getLocked returns the set with its expired elements gone.
func (m *model) getLocked(op, set string) (*modelSet, error) {
	s := m.sets[set]
	if s == nil {
		return nil, &ipset.Error{Op: op, Set: set, Cause: ipset.ErrNotExist}
	}
	return s, nil
}

func (s *modelSet) expire(now time.Duration) {
	for p, e := range s.elements {
		if e.end != 0 && e.end <= now {
			delete(s.elements, p)
		}
	}
}

func (m *model) Header(set string) (ipset.Header, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.getLocked("header", set)
	if err != nil {
		return ipset.Header{}, err
	}
	s.expire(m.now())
	return ipset.Header{Name: set, Type: ipset.HashNet, IPv6: s.spec.IPv6, Timeouts: true, Comments: s.spec.Comments,
		Counters: s.spec.Counters, MaxElem: s.spec.MaxElem, Entries: uint32(len(s.elements)), References: 1}, nil
}

func (m *model) Add(set string, elements []ipset.Element) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.getLocked("add", set)
	if err != nil {
		return 0, err
	}
	for i, e := range elements {
		if _, there := s.elements[e.Prefix]; !there && len(s.elements) >= int(s.spec.MaxElem) {
			s.expire(m.now())
			if len(s.elements) >= int(s.spec.MaxElem) {
				return i, &ipset.Error{Op: "add", Set: set, Culprit: true, Element: e.Prefix, Cause: ipset.ErrFull}
			}
		}
		end := time.Duration(0)
		if e.Timeout != 0 {
			end = m.now() + e.Timeout
		}
		s.elements[e.Prefix] = modelElement{e.Comment, end}
	}
	return len(elements), nil
}

func (m *model) Delete(set string, prefixes []netip.Prefix) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.getLocked("delete", set)
	if err != nil {
		return 0, err
	}
	for _, p := range prefixes {
		delete(s.elements, p)
	}
	return len(prefixes), nil
}

func (m *model) List(set string, each func(ipset.Element) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.getLocked("list", set)
	if err != nil {
		return err
	}
	s.expire(m.now())
	for p, e := range s.elements {
		out := ipset.Element{Prefix: p, Comment: e.comment}
		if e.end != 0 {
			out.Timeout = e.end - m.now()
		}
		if !each(out) {
			return nil
		}
	}
	return nil
}

// Swap and Destroy serve the replacement of an ancestor's set, which a model never holds.
func (m *model) Swap(string, string) error { return nil }
func (m *model) Destroy(string) error      { return nil }

// Close does nothing: nothing is held.
func (m *model) Close() error { return nil }
