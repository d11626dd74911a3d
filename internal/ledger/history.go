package ledger

import "time"

// History is the bans that are over, by prefix: what a further ban of it escalates
// from. A past ban counts from the moment it ended, else the bans of a long one's
// past would be forgotten while it runs.
type history struct {
	max       int // past bans
	forgotten uint64

	prefixes recent[key, record]
	bans     slab[past]
}

// keptPast is how many past bans of a prefix are remembered one by one.
const keptPast = 8

// A record is the past of one prefix. Bans beyond keptPast are one group that ages
// with its youngest.
type record struct {
	latest    int32 // the youngest past ban
	kept      int32
	more      uint32
	moreEnded tick
}

type past struct {
	begun, ended tick
	offences     uint64
	older        int32 // the one before of the same prefix, or none
	entry        string
}

func newHistory(limit int) history {
	return history{max: limit, prefixes: newRecent[key, record]()}
}

// add remembers a ban that is over, the youngest of its prefix.
func (h *history) add(k key, p past) {
	r, fresh := h.prefixes.touch(k, p.ended)
	if fresh {
		r.latest = none
	}
	i := h.bans.add()
	p.older = r.latest
	*h.bans.at(i) = p
	r.latest = i
	r.kept++
	if r.kept > keptPast {
		h.group(r)
	}
	for h.bans.len() > h.max && h.prefixes.len() > 1 {
		h.forgotten += uint64(h.drop(h.prefixes.oldest))
	}
}

// addMore remembers n bans older than those that are added next.
func (h *history) addMore(k key, n uint32, ended tick) {
	r, fresh := h.prefixes.touch(k, ended)
	if fresh {
		r.latest = none
	}
	r.more, r.moreEnded = n, ended
}

// group moves the oldest past ban of r to those that are only counted.
func (h *history) group(r *record) {
	i := r.latest
	for range r.kept - 2 {
		i = h.bans.at(i).older
	}
	last := h.bans.at(i).older
	h.bans.at(i).older = none
	r.kept--
	r.more++
	r.moreEnded = h.bans.at(last).ended
	h.bans.release(last)
}

// count is how many bans of k ended within the time before now.
func (h *history) count(k key, now tick, within time.Duration) int {
	r := h.prefixes.get(k)
	if r == nil {
		return 0
	}
	since := now.before(within)
	n := 0
	for i := r.latest; i != none; i = h.bans.at(i).older {
		if h.bans.at(i).ended >= since {
			n++
		}
	}
	if r.more > 0 && r.moreEnded >= since {
		n += int(r.more)
	}
	return n
}

// forget drops the past of k.
func (h *history) forget(k key) {
	if i := h.prefixes.find(k); i != none {
		h.drop(i)
	}
}

// drop forgets the prefix with that number and returns how many bans there were.
func (h *history) drop(prefix int32) (dropped int) {
	for i := h.prefixes.at(prefix).latest; i != none; {
		older := h.bans.at(i).older
		h.bans.release(i)
		i = older
		dropped++
	}
	h.prefixes.remove(prefix)
	return dropped
}

// prune drops those whose last ban ended before since, at most limit.
func (h *history) prune(since tick, limit int) {
	for ; h.prefixes.len() > 0 && limit > 0; limit-- {
		i, last := h.prefixes.stalest()
		if last >= since {
			return
		}
		h.drop(i)
	}
}
