package regexset

import "math/bits"

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (s bitset) add(n int32)      { s[n>>6] |= 1 << (n & 63) }
func (s bitset) has(n int32) bool { return s[n>>6]>>(n&63)&1 != 0 }

func (s bitset) hasAll(numbers []int32) bool {
	for _, n := range numbers {
		if !s.has(n) {
			return false
		}
	}
	return true
}

// next returns the lowest member that is not below from, or -1.
func (s bitset) next(from int) int {
	for i := from >> 6; i < len(s); i++ {
		w := s[i]
		if i == from>>6 {
			w &= ^uint64(0) << (from & 63)
		}
		if w != 0 {
			return i<<6 + bits.TrailingZeros64(w)
		}
	}
	return -1
}
