package ledger

import "syslog-blacklist/internal/index"

// A recent is a map that knows which of its keys was touched longest ago, so that
// what is bounded can give up the stalest.
type recent[K hashable, V any] struct {
	index          index.Index
	nodes          slab[node[K, V]]
	newest, oldest int32 // ends of the list, or none
}

// What is hashable hashes to what nobody outside can aim at.
type hashable interface {
	comparable
	hash() uint32
}

type node[K hashable, V any] struct {
	key          K
	value        V
	last         tick
	newer, older int32
}

// none is no number of a slab.
const none = index.None

func newRecent[K hashable, V any]() recent[K, V] {
	return recent[K, V]{newest: none, oldest: none}
}

// find returns k's number, or none.
func (r *recent[K, V]) find(k K) int32 {
	return r.index.Find(k.hash(), func(i int32) bool { return r.nodes.at(i).key == k })
}

// at returns the value with that number.
func (r *recent[K, V]) at(i int32) *V { return &r.nodes.at(i).value }

// get returns k's value, or nil.
func (r *recent[K, V]) get(k K) *V {
	i := r.find(k)
	if i == none {
		return nil
	}
	return r.at(i)
}

// touch makes k the newest at the moment now, and returns its value and whether
// the value is a fresh zero one.
func (r *recent[K, V]) touch(k K, now tick) (value *V, fresh bool) {
	i := r.find(k)
	fresh = i == none
	if fresh {
		i = r.nodes.add()
		r.index.Add(k.hash(), i)
		r.nodes.at(i).key = k
	} else {
		r.unlink(i)
	}
	n := r.nodes.at(i)
	n.last = now
	r.link(i)
	return &n.value, fresh
}

// remove forgets the key with that number.
func (r *recent[K, V]) remove(i int32) {
	r.unlink(i)
	r.index.Remove(r.nodes.at(i).key.hash(), i)
	r.nodes.release(i)
}

// link puts i at the list's newest end.
func (r *recent[K, V]) link(i int32) {
	n := r.nodes.at(i)
	n.newer, n.older = none, r.newest
	if r.newest != none {
		r.nodes.at(r.newest).newer = i
	} else {
		r.oldest = i
	}
	r.newest = i
}

func (r *recent[K, V]) unlink(i int32) {
	n := r.nodes.at(i)
	if n.newer != none {
		r.nodes.at(n.newer).older = n.older
	} else {
		r.newest = n.older
	}
	if n.older != none {
		r.nodes.at(n.older).newer = n.newer
	} else {
		r.oldest = n.newer
	}
}

// stalest returns the number of the key that was touched longest ago, and when. The
// map must not be empty.
func (r *recent[K, V]) stalest() (int32, tick) { return r.oldest, r.nodes.at(r.oldest).last }

func (r *recent[K, V]) len() int { return r.nodes.len() }
