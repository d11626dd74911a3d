package page

import (
	"slices"
	"sync"
	"time"
)

// Interval is how often History wants to be told.
const Interval = time.Minute

// maxSamples is how far it looks back: 12 hours.
const maxSamples = 12 * 60

// History remembers what happened in each of the last minutes. It lives in
// memory and begins with the daemon. The zero History is ready for use.
type History struct {
	mu      sync.Mutex // guards all of it
	told    bool
	last    totals
	columns Columns
}

type totals struct {
	messages, bans uint64
}

// Columns are samples, the oldest first, in columns as a chart wants them.
type Columns struct {
	Times    []int64  `json:"times"`    // ends of the minutes, Unix seconds
	Messages []uint64 `json:"messages"` // that arrived within each
	Bans     []uint64 `json:"bans"`     // that began within each
}

// Add tells how many messages and bans there have been so far, at each Interval.
// The first call is where the counting begins.
func (h *History) Add(now time.Time, messages, bans uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told {
		c := &h.columns
		c.Times = push(c.Times, now.Unix())
		c.Messages = push(c.Messages, messages-h.last.messages)
		c.Bans = push(c.Bans, bans-h.last.bans)
	}
	h.told, h.last = true, totals{messages, bans}
}

// push appends and drops the oldest when there are too many.
func push[T any](list []T, v T) []T {
	if len(list) == maxSamples {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, v)
}

// Columns returns a copy.
func (h *History) Columns() Columns {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Columns{
		Times:    append([]int64{}, h.columns.Times...),
		Messages: append([]uint64{}, h.columns.Messages...),
		Bans:     append([]uint64{}, h.columns.Bans...),
	}
}
