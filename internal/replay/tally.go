package replay

import (
	"hash/maphash"
	"slices"
	"strings"
	"unsafe"

	"syslog-blacklist/internal/index"
)

// A tally counts how often each key came, and keeps a value with it. It is
// bounded: when it has limit keys, the rarer half of them goes, and what they had
// counts as lost. So who is frequent throughout is counted right.
//
// A line of an attack is seldom followed by one with the same address, so that to
// count it is to wait for memory: an item is one place, and the index small.
type tally[K comparable, V any] struct {
	limit int
	items []item[K, V] // in the order in which keys came first
	lost  int
	seed  maphash.Seed // attackers choose the keys
	index index.Index
}

type item[K comparable, V any] struct {
	key   K
	count int
	value V
}

func newTally[K comparable, V any](limit int) tally[K, V] {
	return tally[K, V]{limit: limit, seed: maphash.MakeSeed()}
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
	i := t.index.Find(hash, func(i int32) bool { return t.items[i].key == k })
	if i == index.None {
		return nil
	}
	return &t.items[i]
}

// insert makes an item for k, which has none.
func (t *tally[K, V]) insert(hash uint32, k K) *item[K, V] {
	if len(t.items) >= t.limit {
		t.halve()
	}
	t.index.Add(hash, int32(len(t.items)))
	t.items = append(t.items, item[K, V]{key: k})
	return &t.items[len(t.items)-1]
}

func (t *tally[K, V]) halve() {
	for _, i := range t.top(len(t.items))[t.limit/2:] {
		t.lost += i.count
		i.count = 0
	}
	t.items = slices.DeleteFunc(t.items, func(i item[K, V]) bool { return i.count == 0 })
	t.index = index.Index{}
	for i := range t.items {
		t.index.Add(t.hash(t.items[i].key), int32(i))
	}
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
