package replay

import (
	"hash/maphash"
	"slices"
	"strings"
	"unsafe"
)

// A tally counts how often each key came, and keeps a value with it. It is
// bounded: when it has limit keys, the rarer half of them goes, and what they had
// counts as lost. So who is frequent throughout is counted right.
//
// A line of an attack is seldom followed by one with the same address, so that to
// count it is to wait for memory. An index of eight bytes a key stays in the caches,
// and an item is one place more; a map of pointers to items asks for three.
type tally[K comparable, V any] struct {
	limit int
	items []item[K, V] // in the order in which keys came first
	lost  int
	seed  maphash.Seed // attackers choose the keys
	cells []cell       // a power of two, of which three quarters are used at most
}

type item[K comparable, V any] struct {
	key   K
	count int
	value V
}

// A cell of the index is open to the keys of the cells before it.
type cell struct {
	hash   uint32
	number int32 // one more than the item's: a fresh cell is free
}

func newTally[K comparable, V any](limit int) tally[K, V] {
	return tally[K, V]{limit: limit, seed: maphash.MakeSeed(), cells: make([]cell, 8)}
}

// add counts k n times, and returns its item, which is good until the next call.
func (t *tally[K, V]) add(k K, n int) *item[K, V] {
	hash := t.hash(k)
	i := t.find(hash, k)
	if i == nil {
		i = t.insert(hash, k)
	}
	i.count += n
	return i
}

// addBytes is add for a key that is copied only when it is new.
func addBytes[V any](t *tally[string, V], b []byte, n int) *item[string, V] {
	k := unsafe.String(unsafe.SliceData(b), len(b))
	hash := t.hash(k)
	i := t.find(hash, k)
	if i == nil {
		i = t.insert(hash, strings.Clone(k))
	}
	i.count += n
	return i
}

func (t *tally[K, V]) hash(k K) uint32 { return uint32(maphash.Comparable(t.seed, k)) }

func (t *tally[K, V]) find(hash uint32, k K) *item[K, V] {
	for at := int(hash); ; at++ {
		c := t.cells[at&(len(t.cells)-1)]
		if c.number == 0 {
			return nil
		}
		if c.hash == hash && t.items[c.number-1].key == k {
			return &t.items[c.number-1]
		}
	}
}

// insert makes an item for k, which has none.
func (t *tally[K, V]) insert(hash uint32, k K) *item[K, V] {
	if len(t.items) >= t.limit {
		t.halve()
	}
	t.items = append(t.items, item[K, V]{key: k})
	if len(t.items) > len(t.cells)/4*3 {
		t.index(2 * len(t.cells))
	} else {
		t.put(hash, len(t.items))
	}
	return &t.items[len(t.items)-1]
}

// index makes an index of n cells.
func (t *tally[K, V]) index(n int) {
	t.cells = make([]cell, n)
	for i := range t.items {
		t.put(t.hash(t.items[i].key), i+1)
	}
}

func (t *tally[K, V]) put(hash uint32, number int) {
	at := int(hash)
	for t.cells[at&(len(t.cells)-1)].number != 0 {
		at++
	}
	t.cells[at&(len(t.cells)-1)] = cell{hash, int32(number)}
}

func (t *tally[K, V]) halve() {
	for _, i := range t.top(len(t.items))[t.limit/2:] {
		t.lost += i.count
		i.count = 0
	}
	t.items = slices.DeleteFunc(t.items, func(i item[K, V]) bool { return i.count == 0 })
	t.index(len(t.cells))
}

// top returns the n most frequent, those that came first before others.
func (t *tally[K, V]) top(n int) []*item[K, V] {
	all := make([]*item[K, V], len(t.items))
	for i := range t.items {
		all[i] = &t.items[i]
	}
	slices.SortStableFunc(all, func(a, b *item[K, V]) int { return b.count - a.count })
	return all[:min(n, len(all))]
}
