package ledger

import (
	"slices"
	"time"

	"syslog-blacklist/internal/index"
	"syslog-blacklist/rules"
)

// A hold is one element of a set: a ban or an acceptance.
type hold struct {
	key      key
	begun    time.Duration // boot clock
	until    time.Duration // boot clock, or never
	length   time.Duration // what the verdict gave, or rules.Forever
	offences uint64
	nth      uint32
	number   int32  // its own
	second   int32  // the next of those that end in the same second, or none
	previous int32  // the one before, or none
	pending  bool   // the kernel must be told of it
	announce bool   // and it is new, so that people are told too
	origin   byte   // its letter
	seen     uint32 // the number of the comparison that found it in the kernel last
	flush    uint32 // which tells the disk of its last change
	entry    string
	line     string
	sender   *sender
}

// A sender is somebody by whose word holds stand; it lives as long as one of them.
type sender struct {
	name string
	held [2]int // by set
}

func (h *hold) active(now Time) bool { return now.Boot < h.until }

func (h *hold) remaining(now Time) time.Duration {
	if h.until == never {
		return rules.Forever
	}
	return max(0, h.until-now.Boot)
}

// Holds are the elements of one set, found by prefix, by address and by the second
// in which they end.
type holds struct {
	index   index.Index
	slab    slab[hold]
	lengths []prefixLength // the longest first
	ending  map[int64]int32
	swept   int64 // all that ended before this second are gone
}

// A prefixLength is how many holds there are of one.
type prefixLength struct{ bits, holds int }

func newHolds() holds {
	return holds{ending: map[int64]int32{}}
}

// get returns the hold of exactly k, or nil.
func (h *holds) get(k key) *hold {
	i := h.index.Find(k.sum, func(i int32) bool { return h.slab.at(i).key == k })
	if i == none {
		return nil
	}
	return h.slab.at(i)
}

// covering returns the narrowest hold in force that contains k, or nil.
func (h *holds) covering(now Time, k key) *hold {
	if h.len() == 0 {
		return nil
	}
	for _, l := range h.lengths {
		if l.holds == 0 || l.bits > int(k.bits) || l.bits < k.shortest() {
			continue
		}
		if o := h.get(k.cut(l.bits)); o != nil && o.active(now) {
			return o
		}
	}
	return nil
}

// tally notes that there are some more prefixes that long, or fewer.
func (h *holds) tally(bits uint8, more int) {
	i, ok := slices.BinarySearchFunc(h.lengths, int(bits), func(l prefixLength, bits int) int { return bits - l.bits })
	if !ok {
		h.lengths = slices.Insert(h.lengths, i, prefixLength{bits: int(bits)})
	}
	h.lengths[i].holds += more
}

// add makes room for k, which must not be there.
func (h *holds) add(k key) *hold {
	i := h.slab.add()
	h.index.Add(k.sum, i)
	h.tally(k.bits, 1)
	o := h.slab.at(i)
	o.key, o.number, o.until = k, i, never
	return o
}

// end sets when o, which is in the slab, ends.
func (h *holds) end(o *hold, until time.Duration) {
	h.unlink(o)
	o.until = until
	if until == never {
		return
	}
	second := endSecond(until)
	h.swept = min(h.swept, second) // a hold that is read from the disk may have ended already
	first, ok := h.ending[second]
	if !ok {
		first = none
	} else {
		h.slab.at(first).previous = o.number
	}
	o.previous, o.second = none, first
	h.ending[second] = o.number
}

// unlink takes o out of its second.
func (h *holds) unlink(o *hold) {
	if o.until == never {
		return
	}
	if o.second != none {
		h.slab.at(o.second).previous = o.previous
	}
	switch {
	case o.previous != none:
		h.slab.at(o.previous).second = o.second
	case o.second != none:
		h.ending[endSecond(o.until)] = o.second
	default:
		delete(h.ending, endSecond(o.until))
	}
}

// remove forgets o, which must be there.
func (h *holds) remove(o *hold) {
	h.unlink(o)
	h.index.Remove(o.key.sum, o.number)
	h.tally(o.key.bits, -1)
	h.slab.release(o.number)
}

// ended returns a hold whose time is up, or nil.
func (h *holds) ended(now Time) *hold {
	last := int64(now.Boot / time.Second)
	if last-h.swept > int64(len(h.ending)) {
		h.skip() // the clock has leapt: do not walk through empty years
	}
	for ; h.swept <= last && len(h.ending) > 0; h.swept++ {
		if i, ok := h.ending[h.swept]; ok {
			return h.slab.at(i)
		}
	}
	return nil
}

// skip goes on to the first second in which something ends.
func (h *holds) skip() {
	first := int64(never)
	for s := range h.ending {
		first = min(first, s)
	}
	h.swept = max(h.swept, first)
}

func (h *holds) len() int { return h.slab.len() }

// endSecond is the second at whose beginning a hold until then is over.
func endSecond(until time.Duration) int64 {
	return int64((until + time.Second - 1) / time.Second)
}
