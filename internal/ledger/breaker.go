package ledger

import (
	"hash/maphash"
	"time"
)

// A breaker keeps a rule that runs wild, or a sender that lies, from banning
// everybody: a token bucket for each sender and entry. A bucket is kept as the one
// moment at which it will be full again.
type breaker struct {
	interval time.Duration // between two tokens; 0 is no breaker
	depth    time.Duration // how long an empty bucket fills
	buckets  recent[bucketName, time.Duration]
}

type bucketName struct{ sender, entry string }

func (b bucketName) hash() uint32 { return uint32(maphash.Comparable(seed, b)) }

// maxBuckets bounds the buckets; the one that was used longest ago, and thus is
// the fullest, goes first.
const maxBuckets = 1 << 16

func newBreaker(perSecond, burst int) breaker {
	b := breaker{buckets: newRecent[bucketName, time.Duration]()}
	if perSecond > 0 {
		b.interval = time.Second / time.Duration(perSecond)
		b.depth = time.Duration(burst) * b.interval
	}
	return b
}

// take takes a token and tells whether there was one.
func (b *breaker) take(now Time, name bucketName) bool {
	if b.interval == 0 {
		return true
	}
	full, fresh := b.buckets.touch(name, tickOf(now.Boot))
	if fresh || *full < now.Boot {
		*full = now.Boot
	}
	if b.buckets.len() > maxBuckets {
		b.buckets.remove(b.buckets.oldest)
	}
	if *full+b.interval > now.Boot+b.depth {
		return false
	}
	*full += b.interval
	return true
}
