package index

import (
	"hash/maphash"
	"math/rand/v2"
	"testing"
)

// FuzzAnIndexIsAMap adds and removes numbers under hashes that often collide, also at
// a table's end, where a search goes on at its beginning.
func FuzzAnIndexIsAMap(f *testing.F) {
	f.Add([]byte{0, 12, 24, 36, 0, 12, 24, 36})
	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(i * i / 7)
	}
	f.Add(long)
	f.Fuzz(func(t *testing.T, ops []byte) {
		hashes := [...]uint32{0, 1, 6, 7, 8, 15, 31, 63, 255, 1 << 26, 1 << 31, 1<<32 - 1}
		hash := func(n int32) uint32 { return hashes[int(n)%len(hashes)] }
		x, in := Index{}, map[int32]bool{}
		for _, op := range ops {
			n := int32(op)
			if in[n] {
				x.Remove(hash(n), n)
			} else {
				x.Add(hash(n), n)
			}
			in[n] = !in[n]
		}
		used := 0
		for n := range int32(256) {
			want := None
			if in[n] {
				want = n
				used++
			}
			if got := x.Find(hash(n), func(i int32) bool { return i == n }); got != want {
				t.Errorf("%d found as %d, want %d", n, got, want)
			}
		}
		for _, p := range x.parts {
			used -= p.used
		}
		if used != 0 {
			t.Errorf("%d more are used than are counted", used)
		}
	})
}

// key is like those of the ledger, which know their hashes.
type key struct {
	words [2]uint64
	sum   uint32
}

// BenchmarkIndex is a look-up among a million, beside Go's own map, which does not
// know that the keys know their hashes.
func BenchmarkIndex(b *testing.B) {
	keys, m, x, seed := make([]key, 1<<20), map[key]int32{}, Index{}, maphash.MakeSeed()
	for i := range keys {
		k := key{words: [2]uint64{uint64(i)}}
		k.sum = uint32(maphash.Comparable(seed, k))
		keys[i], m[k] = k, int32(i)
		x.Add(k.sum, int32(i))
	}
	b.Run("map", func(b *testing.B) {
		for b.Loop() {
			k := keys[rand.IntN(len(keys))]
			if keys[m[k]] != k {
				b.Fatal("lost")
			}
		}
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			k := keys[rand.IntN(len(keys))]
			if x.Find(k.sum, func(i int32) bool { return keys[i] == k }) == None {
				b.Fatal("lost")
			}
		}
	})
}
