package replay

import (
	"bytes"
	"runtime"
	"sync"
	"time"

	"syslog-blacklist/internal/syslog"
	"syslog-blacklist/rules"
)

// A batch is lines on their way through Read.
type batch struct {
	text   []byte
	lines  []Line        // those that were read; they keep what they own for the next time
	before chan struct{} // closed when all lines before were judged
	judged chan struct{} // to be closed when these are
}

// A batch is small enough for the caches, and large enough that handing it on
// costs a line nothing.
const (
	batchLines = 256
	batchBytes = 64 << 10
)

// fill reads the next lines from next. The error is why there is none behind.
func (b *batch) fill(next source) error {
	for len(b.lines) < batchLines && len(b.text) < batchBytes {
		from := len(b.text)
		text, cut, err := next(b.text)
		if err != nil {
			return err
		}
		b.text = text
		b.lines = b.lines[:len(b.lines)+1]
		l := &b.lines[len(b.lines)-1]
		l.from, l.to, l.cut = from, len(text), cut
	}
	return nil
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

// A queue gives batches their turn.
type queue struct {
	mu   sync.Mutex // guards what follows
	next source
	last chan struct{} // closed when the last batch was judged
	err  error         // why there is no batch more
}

// fill reads the next batch, and tells whether another one follows.
func (q *queue) fill(b *batch) (more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b.text, b.lines = b.text[:0], b.lines[:0]
	b.before, b.judged = q.last, make(chan struct{})
	q.last = b.judged
	if q.err == nil {
		q.err = b.fill(q.next)
	}
	return q.err == nil
}

// judgeAll judges all that next brings, until its error. Each of some goroutines
// reads a batch, looks at its lines while others do at theirs, and judges them when
// its turn comes: so what was read stays in the caches of one processor. There is
// one more than can run, lest a processor wait for a turn.
func (r *Replay) judgeAll(next source, each func(*Line)) error {
	begun := make(chan struct{})
	close(begun)
	q := queue{next: next, last: begun}
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) + 1 {
		all.Go(func() {
			v := r.viewer()
			defer r.options.Rules.Release(v.matcher)
			b := batch{lines: make([]Line, 0, batchLines)}
			for more := true; more; {
				more = q.fill(&b)
				v.batch(&b)
				<-b.before
				for i := range b.lines {
					r.judge(&b.lines[i])
					each(&b.lines[i])
				}
				close(b.judged)
			}
		})
	}
	all.Wait()
	return q.err
}
