package ledger

// A recent is a map that knows which of its keys was touched longest ago, so that
// what is bounded can give up the stalest.
type recent[K comparable, V any] struct {
	index          map[K]int32
	nodes          slab[node[K, V]]
	newest, oldest int32 // ends of the list, or none
}

type node[K comparable, V any] struct {
	key          K
	value        V
	last         tick
	newer, older int32
}

// none is no number of a slab.
const none int32 = -1

func newRecent[K comparable, V any]() recent[K, V] {
	return recent[K, V]{index: map[K]int32{}, newest: none, oldest: none}
}

// get returns k's value, or nil.
func (r *recent[K, V]) get(k K) *V {
	i, ok := r.index[k]
	if !ok {
		return nil
	}
	return &r.nodes.at(i).value
}

// touch makes k the newest at the moment now, and returns its value and whether
// the value is a fresh zero one.
func (r *recent[K, V]) touch(k K, now tick) (value *V, fresh bool) {
	i, ok := r.index[k]
	if ok {
		r.unlink(i)
	} else {
		i = r.nodes.add()
		r.index[k] = i
		r.nodes.at(i).key = k
	}
	n := r.nodes.at(i)
	n.last, n.newer, n.older = now, none, r.newest
	if r.newest != none {
		r.nodes.at(r.newest).newer = i
	} else {
		r.oldest = i
	}
	r.newest = i
	return &n.value, !ok
}

// remove forgets k, which must be there.
func (r *recent[K, V]) remove(k K) {
	i := r.index[k]
	r.unlink(i)
	delete(r.index, k)
	r.nodes.release(i)
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

// stalest returns the key that was touched longest ago, and when. The map must
// not be empty.
func (r *recent[K, V]) stalest() (K, tick) {
	n := r.nodes.at(r.oldest)
	return n.key, n.last
}

func (r *recent[K, V]) len() int { return len(r.index) }
