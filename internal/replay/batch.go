package replay

import (
	"runtime"
	"sync"

	"syslog-blacklist/internal/syslog"
	"syslog-blacklist/rules"
)

// A batch is lines on their way through Read. It is filled by one goroutine, seen
// by any other and judged by a third, which takes the batches in their order.
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

// A viewer does everything for which a line need not know those before it. It
// serves one goroutine.
type viewer struct {
	matcher *rules.Matcher
	parts   []part
}

func (v *viewer) batch(b *batch) {
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
	l.Hit, l.shape = nil, l.shape[:0]
	if v.matcher.Match(l.Message.Line, l.cut, &l.hit) {
		l.Hit = &l.hit
	} else if looksLikeFailure(l.Message.Line) {
		var whole bool
		v.parts, whole = appendParts(v.parts[:0], l.Message.Line)
		l.shape = appendShape(l.shape, v.parts, whole)
	}
}

// judgeAll judges all that next brings, until its error. One goroutine reads and as many as
// can run look at the lines; this one, which needs them in their order, judges.
func (r *Replay) judgeAll(next source, each func(*Line)) error {
	viewers := runtime.GOMAXPROCS(0)
	n := 2*viewers + 1
	free, ordered, unseen := make(chan *batch, n), make(chan *batch, n), make(chan *batch, n)
	for range n {
		free <- newBatch()
	}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() {
		defer close(unseen)
		for err := error(nil); err == nil; {
			b := <-free
			b.fill(next)
			err = b.err
			ordered <- b
			unseen <- b
		}
	})
	for range viewers {
		all.Go(func() {
			v := viewer{matcher: r.options.Rules.Matcher()}
			defer r.options.Rules.Release(v.matcher)
			for b := range unseen {
				v.batch(b)
				b.seen <- struct{}{}
			}
		})
	}
	for {
		b := <-ordered
		<-b.seen
		for i := range b.lines {
			r.judge(&b.lines[i])
			each(&b.lines[i])
		}
		if b.err != nil {
			return b.err
		}
		free <- b
	}
}
