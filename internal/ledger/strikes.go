package ledger

import (
	"time"

	"syslog-blacklist/rules"
)

// Strikes are the offences of those who are not banned yet: for each address a
// short list of counters, each with its latest strikes in order of time. No record
// holds a pointer, so that the garbage collector need not look at a million of them.
type strikes struct {
	max     int // counters
	evicted uint64
	longest time.Duration // the longest window seen: what is older counts nowhere

	addrs recent[key, counter] // with each address its first counter
	more  slab[counter]        // and its others
	lists []lists              // by width
	ids   map[counterName]int32
	names []counterName // by id
	known []numbered    // by the entry's number
}

// counterName is what a counter counts. It is made of names, so that it goes on
// when the rules are read again.
type counterName struct {
	entry     string
	verdict   int // the place of the verdict in its entry
	different string
}

// numbered is the entry that had its number last, and the ids of its counters, lest
// names be looked up at each strike.
type numbered struct {
	entry *rules.Entry
	ids   []int32 // by verdict
}

type counter struct {
	id    int32
	next  int32  // of the same address, or none
	list  int32  // number in lists[width]
	n     uint16 // strikes in the list
	size  uint16 // most strikes in the list
	width uint16 // size or, where values differ, twice that
}

func newStrikes(limit int) strikes {
	return strikes{max: limit, addrs: newRecent[key, counter](), ids: map[counterName]int32{}}
}

// A strike is one offence to be counted.
type strike struct {
	id        int32
	at        tick
	different bool
	value     uint32 // with different: the hash of what must differ
	times     int    // how many it stands for
}

// add counts st for k, and returns the counter and whether need strikes lie in the
// window that ends now. The counter is good until k is forgotten.
func (s *strikes) add(k key, st strike, need int, window time.Duration, now tick) (c *counter, reached bool) {
	s.longest = max(s.longest, window)
	first, fresh := s.addrs.touch(k, now)
	if fresh {
		*first = counter{id: st.id, next: none}
	}
	c = s.counter(first, st.id)
	if int(c.size) != need {
		s.fit(c, need, st.different)
	}
	times, values := s.list(c)
	for range min(st.times, need) {
		c.n = insert(times, values, c.n, st.at, st.value)
	}
	for s.len() > s.max && s.addrs.len() > 1 {
		s.evicted += uint64(s.drop(s.addrs.oldest))
	}
	return c, c.n == c.size && times[0] >= now.before(window)
}

// len is how many counters there are.
func (s *strikes) len() int { return s.addrs.len() + s.more.len() }

// forget drops all counters of k.
func (s *strikes) forget(k key) {
	if i := s.addrs.find(k); i != none {
		s.drop(i)
	}
}

// drop forgets the address with that number and returns how many counters it had.
func (s *strikes) drop(addr int32) (dropped int) {
	c := *s.addrs.at(addr)
	s.addrs.remove(addr)
	for dropped = 1; ; dropped++ {
		s.lists[c.width].release(c.list)
		if c.next == none {
			return dropped
		}
		i := c.next
		c = *s.more.at(i)
		s.more.release(i)
	}
}

// prune drops those whose last strike counts nowhere any more, at most limit.
func (s *strikes) prune(now tick, limit int) {
	since := now.before(s.longest)
	for ; s.addrs.len() > 0 && limit > 0; limit-- {
		i, last := s.addrs.stalest()
		if last >= since {
			return
		}
		s.drop(i)
	}
}

// counter returns the counter id of the address whose first that is.
func (s *strikes) counter(c *counter, id int32) *counter {
	for c.id != id {
		if c.next == none {
			c.next = s.more.add()
			*s.more.at(c.next) = counter{id: id, next: none}
		}
		c = s.more.at(c.next)
	}
	return c
}

// next is the counter behind c of the same address, or nil.
func (s *strikes) next(c *counter) *counter {
	if c.next == none {
		return nil
	}
	return s.more.at(c.next)
}

// idsOf returns the ids of e's counters, one for each verdict.
func (s *strikes) idsOf(e *rules.Entry) []int32 {
	for e.Number >= len(s.known) {
		s.known = append(s.known, numbered{})
	}
	k := &s.known[e.Number]
	if k.entry != e {
		k.entry, k.ids = e, k.ids[:0]
		for i := range e.Verdicts {
			k.ids = append(k.ids, s.id(counterName{e.Name, i, e.Verdicts[i].Different}))
		}
	}
	return k.ids
}

func (s *strikes) id(name counterName) int32 {
	id, ok := s.ids[name]
	if !ok {
		id = int32(len(s.names))
		s.ids[name] = id
		s.names = append(s.names, name)
	}
	return id
}

// fit gives c a list for size strikes: a new counter, a rule that was changed, or
// an address that is accepted now, or no longer.
func (s *strikes) fit(c *counter, size int, different bool) {
	old := *c
	c.size, c.n = uint16(size), min(old.n, uint16(size))
	c.width = c.size
	if different {
		c.width *= 2
	}
	for int(c.width) >= len(s.lists) {
		s.lists = append(s.lists, lists{width: len(s.lists)})
	}
	c.list = s.lists[c.width].add()
	if old.size == 0 {
		return
	}
	times, values := s.list(c)
	oldTimes, oldValues := s.list(&old)
	copy(times, oldTimes[old.n-c.n:old.n])
	if values != nil {
		copy(values, oldValues[old.n-c.n:old.n])
	}
	s.lists[old.width].release(old.list)
}

// list returns c's times, the oldest first, and their values where they must
// differ.
func (s *strikes) list(c *counter) (times, values []tick) {
	all := s.lists[c.width].at(c.list)
	if c.width == c.size {
		return all, nil
	}
	return all[:c.size], all[c.size:]
}

// insert puts a strike among the n latest of a list and returns their number. A
// value that is there already only grows younger.
func insert(times, values []tick, n uint16, at tick, value uint32) uint16 {
	for i := uint16(0); values != nil && i < n; i++ {
		if values[i] != tick(value) {
			continue
		}
		if times[i] >= at {
			return n
		}
		n = cutOut(times, values, n, i)
	}
	if int(n) == len(times) {
		if at < times[0] {
			return n
		}
		n = cutOut(times, values, n, 0)
	}
	i := n
	for i > 0 && times[i-1] > at { // only late ones do not go to the end
		i--
	}
	copy(times[i+1:n+1], times[i:n])
	times[i] = at
	if values != nil {
		copy(values[i+1:n+1], values[i:n])
		values[i] = tick(value)
	}
	return n + 1
}

func cutOut(times, values []tick, n, i uint16) uint16 {
	copy(times[i:n-1], times[i+1:n])
	if values != nil {
		copy(values[i:n-1], values[i+1:n])
	}
	return n - 1
}

// needed is how many strikes v asks for, and in which window. One who is accepted
// has five times as many free; where the entry does not count, ten while the
// acceptance lasts.
func needed(v *rules.Verdict, accepted *hold) (n int, window time.Duration) {
	switch {
	case accepted == nil:
		return v.After, v.Within
	case v.After > 1:
		return 5 * v.After, v.Within
	default:
		return 10, accepted.length
	}
}
