package replay

import (
	"bytes"
	"runtime"
	"sync"
	"time"

	"syslog-blacklist/internal/syslog"
	"syslog-blacklist/rules"
)

// A batch is lines on their way through Read. It is filled and seen by one of some
// goroutines, and judged by another, which takes the batches in their order.
type batch struct {
	text  []byte
	lines []Line // those that were read; they keep what they own for the next time
	err   error  // why there is none behind
	seen  chan struct{}
}

// A batch is small enough for the caches, and large enough that handing it on
// costs a line nothing.
const (
	batchLines = 256
	batchBytes = 64 << 10
)

// aside is how many batches more there are than are worked on: a thread that finds none
// sleeps, and to wake it takes as long as to look at one.
const aside = 12

func newBatch() *batch {
	return &batch{lines: make([]Line, 0, batchLines), seen: make(chan struct{}, 1)}
}

// fill reads the next lines from next.
func (b *batch) fill(next source) {
	b.text, b.lines, b.err = b.text[:0], b.lines[:0], nil
	for len(b.lines) < batchLines && len(b.text) < batchBytes {
		from := len(b.text)
		text, cut, err := next(b.text)
		if err != nil {
			b.err = err
			return
		}
		b.text = text
		b.lines = b.lines[:len(b.lines)+1]
		l := &b.lines[len(b.lines)-1]
		l.from, l.to, l.cut = from, len(text), cut
	}
}

// A viewer does everything for which a line need not know those before its batch.
// It serves one goroutine.
type viewer struct {
	matcher *rules.Matcher
	near    time.Time // when stamps without a year are thought to be from
	stamp   []byte    // of the line before, nil at the beginning of a batch
	says    time.Time
	parts   []part
}

func (r *Replay) viewer() *viewer {
	return &viewer{matcher: r.options.Rules.Matcher(), near: r.options.Now}
}

func (v *viewer) batch(b *batch) {
	v.stamp = nil
	for i := range b.lines {
		l := &b.lines[i]
		v.line(l, b.text[l.from:l.to])
	}
}

// line reads a message and matches it. It writes to the message's bytes.
func (v *viewer) line(l *Line, message []byte) {
	syslog.Parse(&l.Message, message)
	l.Message.Truncated = l.cut
	l.stamp = l.Message.Stamp
	if len(l.stamp) == 0 {
		l.stamp = inner(l.Message.Text)
	}
	v.readTime(l)
	l.Hit, l.Ban, l.shape = nil, nil, l.shape[:0]
	if v.matcher.Match(l.Message.Line, l.cut, &l.hit) {
		l.Hit = &l.hit
	} else if looksLikeFailure(l.Message.Line) {
		var whole bool
		v.parts, whole = appendParts(v.parts[:0], l.Message.Line)
		l.shape = appendShape(l.shape, v.parts, whole)
	}
}

// readTime reads the line's stamp. Most lines come within a second or a minute of
// the line before.
func (v *viewer) readTime(l *Line) {
	if l.again = v.stamp != nil && bytes.Equal(l.stamp, v.stamp); l.again {
		return
	}
	if later, ok := seconds(l.stamp, v.stamp); ok && !v.says.IsZero() {
		v.says = v.says.Add(later)
	} else {
		v.says = says(l.stamp, v.near)
	}
	v.stamp, l.says = l.stamp, v.says
}

// A queue takes batches from those who look at lines to the one who judges them.
type queue struct {
	free, ordered chan *batch

	mu    sync.Mutex // guards what follows: lines are read by one at a time
	next  source
	ended bool
}

// fill returns the next batch, which is in the queue already, or nil at the end.
func (q *queue) fill() *batch {
	b := <-q.free
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		q.free <- b // for the others, who may wait for one
		return nil
	}
	b.fill(q.next)
	q.ended = b.err != nil
	q.ordered <- b
	return b
}

// judgeAll judges all that next brings, until its error. As many goroutines as can
// run read lines in turn and look at them side by side; this one, which needs them
// in their order, judges. It keeps to itself what that needs, the ledger and what
// each counts: to take it from one processor's caches to another's costs more than
// the lines do.
func (r *Replay) judgeAll(next source, each func(*Line)) error {
	viewers := runtime.GOMAXPROCS(0)
	n := 2*viewers + aside
	q := queue{free: make(chan *batch, n), ordered: make(chan *batch, n), next: next}
	for range n {
		q.free <- newBatch()
	}
	var all sync.WaitGroup
	defer all.Wait()
	for range viewers {
		all.Go(func() {
			v := r.viewer()
			defer r.options.Rules.Release(v.matcher)
			for b := q.fill(); b != nil; b = q.fill() {
				v.batch(b)
				b.seen <- struct{}{}
			}
		})
	}
	for {
		b := <-q.ordered
		<-b.seen
		for i := range b.lines {
			r.judge(&b.lines[i])
			each(&b.lines[i])
		}
		err := b.err
		q.free <- b // also the last: somebody may wait for it
		if err != nil {
			return err
		}
	}
}
