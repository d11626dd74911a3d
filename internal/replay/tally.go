package replay

import (
	"cmp"
	"slices"
)

// A tally counts how often each key came, and keeps a value with it. It is
// bounded: when it has limit keys, the rarer half of them goes, and what they had
// counts as lost. So who is frequent throughout is counted right.
type tally[K comparable, V any] struct {
	limit int
	of    map[K]*item[K, V]
	lost  int
	next  int
}

type item[K comparable, V any] struct {
	key   K
	value V
	count int
	order int // in which keys came first
}

func newTally[K comparable, V any](limit int) tally[K, V] {
	return tally[K, V]{limit: limit, of: map[K]*item[K, V]{}}
}

// add counts k n times, and returns its item.
func (t *tally[K, V]) add(k K, n int) *item[K, V] {
	i := t.of[k]
	if i == nil {
		if len(t.of) >= t.limit {
			t.halve()
		}
		i = &item[K, V]{key: k, order: t.next}
		t.of[k] = i
		t.next++
	}
	i.count += n
	return i
}

// addBytes is add for a key that becomes a string only when it is new.
func addBytes[V any](t *tally[string, V], k []byte, n int) *item[string, V] {
	if i := t.of[string(k)]; i != nil {
		i.count += n
		return i
	}
	return t.add(string(k), n)
}

func (t *tally[K, V]) halve() {
	for _, i := range t.top(len(t.of))[t.limit/2:] {
		t.lost += i.count
		delete(t.of, i.key)
	}
}

// top returns the n most frequent, those that came first before others.
func (t *tally[K, V]) top(n int) []*item[K, V] {
	all := make([]*item[K, V], 0, len(t.of))
	for _, i := range t.of {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b *item[K, V]) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.order, b.order))
	})
	return all[:min(n, len(all))]
}
