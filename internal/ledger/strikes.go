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

	addrs    recent[key, int32] // to the address's first counter
	counters slab[counter]
	lists    map[int]*lists // by length
	ids      map[counterName]int32
	names    []counterName // by id
}

// counterName is what a counter counts. It is made of names, so that it goes on
// when the rules are read again.
type counterName struct {
	entry     string
	verdict   int // the place of the verdict in its entry
	different string
}

type counter struct {
	id   int32
	next int32 // of the same address, or none
	n    int32 // strikes in the list
	size int32 // of the list
	list int32 // number in lists[size] or, where values differ, lists[2*size]
}

func newStrikes(limit int) strikes {
	return strikes{max: limit, addrs: newRecent[key, int32](), lists: map[int]*lists{}, ids: map[counterName]int32{}}
}

// A strike is one offence to be counted.
type strike struct {
	name  counterName
	at    tick
	value uint32 // with name.different: the hash of what must differ
	times int    // how many it stands for
}

// add counts st for k, and returns the counter and whether need strikes lie in the
// window that ends now. The counter is good
// until k is forgotten.
func (s *strikes) add(k key, st strike, need int, window time.Duration, now tick) (c *counter, reached bool) {
	s.longest = max(s.longest, window)
	head, fresh := s.addrs.touch(k, now)
	if fresh {
		*head = none
	}
	c = s.counter(head, s.id(st.name))
	s.fit(c, need)
	times, values := s.list(c)
	for range min(st.times, need) {
		c.n = insert(times, values, c.n, st.at, st.value)
	}
	for s.counters.len() > s.max && s.addrs.len() > 1 {
		stale, _ := s.addrs.stalest()
		s.evicted += uint64(s.forget(stale))
	}
	return c, c.n == c.size && times[0] >= now.before(window)
}

// forget drops all counters of k and returns how many there were.
func (s *strikes) forget(k key) (dropped int) {
	head := s.addrs.get(k)
	if head == nil {
		return 0
	}
	for i := *head; i != none; {
		c := s.counters.at(i)
		next := c.next
		s.listsOf(c).release(c.list)
		s.counters.release(i)
		i = next
		dropped++
	}
	s.addrs.remove(k)
	return dropped
}

// prune drops those whose last strike counts nowhere any more, at most limit.
func (s *strikes) prune(now tick, limit int) {
	for ; s.addrs.len() > 0 && limit > 0; limit-- {
		k, last := s.addrs.stalest()
		if last >= now.before(s.longest) {
			return
		}
		s.forget(k)
	}
}

// counter returns the counter id in the list that begins at head.
func (s *strikes) counter(head *int32, id int32) *counter {
	for i := *head; i != none; i = s.counters.at(i).next {
		if c := s.counters.at(i); c.id == id {
			return c
		}
	}
	i := s.counters.add()
	c := s.counters.at(i)
	*c = counter{id: id, next: *head}
	*head = i
	return c
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
func (s *strikes) fit(c *counter, size int) {
	if int(c.size) == size {
		return
	}
	old := *c
	c.size, c.n = int32(size), min(old.n, int32(size))
	c.list = s.listsOf(c).add()
	if old.size == 0 {
		return
	}
	times, values := s.list(c)
	oldTimes, oldValues := s.list(&old)
	copy(times, oldTimes[old.n-c.n:old.n])
	if values != nil {
		copy(values, oldValues[old.n-c.n:old.n])
	}
	s.listsOf(&old).release(old.list)
}

func (s *strikes) listsOf(c *counter) *lists {
	width := int(c.size)
	if s.names[c.id].different != "" {
		width *= 2
	}
	l := s.lists[width]
	if l == nil {
		l = &lists{width: width}
		s.lists[width] = l
	}
	return l
}

// list returns c's times, the oldest first, and their values where they must
// differ.
func (s *strikes) list(c *counter) (times, values []tick) {
	all := s.listsOf(c).at(c.list)
	if len(all) == int(c.size) {
		return all, nil
	}
	return all[:c.size], all[c.size:]
}

// insert puts a strike among the n latest of a list and returns their number. A
// value that is there already only grows younger.
func insert(times, values []tick, n int32, at tick, value uint32) int32 {
	for i := int32(0); values != nil && i < n; i++ {
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

func cutOut(times, values []tick, n, i int32) int32 {
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
