package ledger

import (
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
		x, in := index{}, map[int32]bool{}
		for _, op := range ops {
			n := int32(op)
			if in[n] {
				x.remove(hash(n), n)
			} else {
				x.add(hash(n), n)
			}
			in[n] = !in[n]
		}
		used := 0
		for n := range int32(256) {
			want := none
			if in[n] {
				want = n
				used++
			}
			if got := x.find(hash(n), func(i int32) bool { return i == n }); got != want {
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

// BenchmarkIndex is a look-up among a million, beside Go's own map, which does not
// know that the keys know their hashes.
func BenchmarkIndex(b *testing.B) {
	keys, m, x := make([]key, 1<<20), map[key]int32{}, index{}
	for i := range keys {
		k := newKey(0, 0xffff<<32|uint64(uint32(i)*2654435761), 128)
		keys[i], m[k] = k, int32(i)
		x.add(k.sum, int32(i))
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
			if x.find(k.sum, func(i int32) bool { return keys[i] == k }) == none {
				b.Fatal("lost")
			}
		}
	})
}
