package ledger

import (
	"math"
	"time"
)

// Time is a moment on both clocks.
type Time struct {
	// Boot is CLOCK_BOOTTIME, never negative: all deadlines run on it. Who replays
	// a file counts it from the file's beginning, and at most ten years.
	Boot time.Duration
	// Wall is the time of day: for people and for the disk.
	Wall time.Time
}

// wallAt is the time of day at a moment of the boot clock, by what the wall clock
// says now: after a step of it every date that people are shown has moved along.
func (t Time) wallAt(boot time.Duration) time.Time { return t.Wall.Add(boot - t.Boot) }

// never is the deadline of what does not end. It equals rules.Forever.
const never time.Duration = math.MaxInt64

// after is the moment d after from, or never.
func after(from, d time.Duration) time.Duration {
	if d == never || d > never-max(0, from) {
		return never
	}
	return from + d
}

// A tick is a moment of the boot clock in half the room: tenths of a
// second, counted from about three years before zero so that a late message may
// lie before the boot.
type tick uint32

const (
	tickLength = 100 * time.Millisecond
	tickBias   = 1 << 30
)

func tickOf(boot time.Duration) tick {
	n := int64(boot/tickLength) + tickBias
	if boot%tickLength < 0 {
		n-- // round down on either side of zero
	}
	return tick(min(max(n, 0), math.MaxUint32))
}

func (t tick) boot() time.Duration { return (time.Duration(t) - tickBias) * tickLength }

// before is the moment d before t.
func (t tick) before(d time.Duration) tick {
	return tick(max(int64(t)-int64(d/tickLength), 0))
}
