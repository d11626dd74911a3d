package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/internal/syslog"
	"syslog-blacklist/rules"
)

// Options say how lines are read and judged.
type Options struct {
	Rules *rules.Set
	// Ledger holds the ledger's limits. The breaker and the capacity are left out.
	Ledger ledger.Config
	// Spared is who is never banned, besides those whom [spare] always spares.
	Spared []spare.Entry
	// Tag, when not empty, is the program whose own log the lines are: "TAG: "
	// stands before each.
	Tag string
	// Limit is the longest line in bytes; it must be positive. Longer ones are cut.
	Limit int
	// Now is when the replay happens: lines without a year are from the twelve
	// months before, and no line is from later than a day after. Its zone is that
	// of times without one, and of the times told.
	Now time.Time
}

// Replay judges lines. It serves one goroutine.
type Replay struct {
	options Options
	ledger  *ledger.Ledger
	clock   clock
	expired time.Duration // since boot: when the ledger was last told that time passes

	line    Line
	lines   int           // judged
	report  ledger.Report // of the hit that is told, here lest each be allocated
	changes []ledger.Change
}

// Line is a line and what came of it. It and its bytes are lent until the next
// line is judged.
type Line struct {
	// Number counts from 1, over all that a Replay reads. An entry of the journal
	// is a line.
	Number int
	// Time is the line's own time or, when it has none, that of the line before;
	// zero before the first of a file that has one.
	Time time.Time
	// Hit is nil when no entry matches; then Outcome means nothing.
	Hit *rules.Hit
	// Ban is the ban that the line tipped, or nil.
	Ban *ledger.Change

	again bool      // the stamp is that of the line before
	says  time.Time // else what it says, perhaps of another year
	shape []byte    // empty unless it looks like a failure that no entry takes

	// Of most lines, those without a hit, no more than what stands above is needed where
	// lines are judged: it is side by side because it comes from another processor.

	Message  syslog.Message
	Outcome  ledger.Outcome
	hit      rules.Hit
	stamp    []byte
	from, to int // of a batch's text
	cut      bool
}

// New returns a replay with an empty ledger.
func New(o Options) *Replay {
	o.Ledger.BansPerSecond, o.Ledger.Capacity = 0, 0
	l := ledger.New(o.Ledger, spare.New(o.Spared...))
	l.SetRules(o.Rules.Recidive(), o.Rules.Always())
	return &Replay{options: o, ledger: l, clock: newClock(o.Now)}
}

// Read judges everything in in, in its order, and calls each with every line. It
// tells by the first bytes whether in is compressed (gzip, zstd) and whether it is
// a journal export. The error says why it could not be read to its end, and names
// nothing: the caller knows what in is.
func (r *Replay) Read(in io.Reader, each func(*Line)) error {
	raw := bufio.NewReaderSize(in, 64<<10)
	plain, err := decompress(raw)
	if err != nil {
		return err
	}
	defer plain.Close()
	text := bufio.NewReaderSize(plain, 64<<10)
	next := lines(text, "", r.options.Limit)
	if head, _ := text.Peek(len(cursor)); bytes.Equal(head, cursor) {
		next = journal(text, r.options.Limit)
	} else if r.options.Tag != "" {
		next = lines(text, r.options.Tag+": ", r.options.Limit)
	}
	r.clock.rewind()
	switch err := r.judgeAll(next, each); {
	case err == io.EOF:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it was cut short; the lines before that were read", err)
	default:
		return err
	}
}

// Judge judges one message, without its framing; cut tells that it was longer. It
// writes to the message's bytes.
func (r *Replay) Judge(message []byte, cut bool) *Line {
	v := r.viewer()
	defer r.options.Rules.Release(v.matcher)
	r.line.cut = cut
	v.line(&r.line, message)
	r.judge(&r.line)
	return &r.line
}

// judge judges a line that was seen.
func (r *Replay) judge(l *Line) {
	r.lines++
	l.Number, l.Time = r.lines, time.Time{}
	r.clock.read(l)
	if r.clock.known {
		l.Time = r.clock.now.Wall
	}
	if l.Hit != nil {
		r.tell(l, r.clock.sent)
	}
}

// tell gives a hit to the ledger.
func (r *Replay) tell(l *Line, sent time.Time) {
	now := r.clock.now
	ended := false
	if now.Boot != r.expired {
		ended = len(r.ledger.Expire(now)) > 0
		r.expired = now.Boot
	}
	r.report = ledger.Report{
		Hit: l.Hit, Sender: "replay", Host: l.Message.Host, Tag: l.Message.Tag, PID: l.Message.PID,
		Line: l.Message.Line, Repeat: l.Message.Repeat, At: sent,
	}
	l.Outcome = r.ledger.Hit(now, &r.report)
	if l.Outcome.Result == ledger.Counted && !ended {
		return // as most: nothing has changed
	}
	r.changes = r.ledger.Drain(now, r.changes[:0])
	for i := range r.changes {
		if c := &r.changes[i]; c.Set == ledger.Blacklist && c.New {
			l.Ban = c
		}
	}
}
