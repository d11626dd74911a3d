package control

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// lines reads elements, a line each, as the daemon writes them: every field, in the
// order of [Element]. What looks another way is left to encoding/json, which knows
// nothing of the order and takes six times as long: a list may hold a million.
type lines struct {
	rest  []byte
	bad   bool              // the line is not as the daemon writes it
	names map[string]string // one copy of what many elements name
}

// room is an element and what it points to, one piece of memory instead of five.
type room struct {
	Element
	since, until        time.Time
	remaining, duration int64
}

func newLines() *lines { return &lines{names: map[string]string{}} }

// element reads line, which may be overwritten afterwards.
func (l *lines) element(line []byte) (*Element, error) {
	if e, ok := l.known(line); ok {
		return e, nil
	}
	e := new(Element)
	return e, json.Unmarshal(line, e)
}

func (l *lines) known(line []byte) (e *Element, ok bool) {
	l.rest, l.bad = line, false
	r := new(room)
	r.Set = l.name(`{"set":`)
	r.Address = l.text(`,"address":`)
	r.Entry = l.name(`,"entry":`)
	r.Origin = l.name(`,"origin":`)
	r.Since = l.time(`,"since":`, &r.since)
	r.Until = l.time(`,"until":`, &r.until)
	r.Remaining = l.span(`,"remaining":`, &r.remaining)
	r.Duration = l.span(`,"duration":`, &r.duration)
	r.Nth = int(l.number(`,"nth":`))
	r.Offences = uint64(l.number(`,"offences":`))
	r.Sender = l.name(`,"sender":`)
	r.Line = l.text(`,"line":`)
	r.Who = l.who(`,"who":`)
	l.skip(`}`)
	return &r.Element, !l.bad && len(l.rest) == 0
}

// skip passes over what comes next, if it is that, and tells whether it was.
func (l *lines) skip(next string) bool {
	if l.bad || len(l.rest) < len(next) || string(l.rest[:len(next)]) != next {
		l.bad = true
		return false
	}
	l.rest = l.rest[len(next):]
	return true
}

// null tells whether null comes next, and passes over it.
func (l *lines) null() bool {
	if len(l.rest) < 4 || string(l.rest[:4]) != "null" {
		return false
	}
	l.rest = l.rest[4:]
	return true
}

// quoted returns the string that comes behind field with its quotes, and whether it
// says what it means.
func (l *lines) quoted(field string) (s []byte, plain bool) {
	if l.skip(field); l.bad || len(l.rest) == 0 || l.rest[0] != '"' {
		l.bad = true
		return nil, false
	}
	plain = true
	for i := 1; i < len(l.rest); i++ {
		switch c := l.rest[i]; {
		case c == '"':
			s, l.rest = l.rest[:i+1], l.rest[i+1:]
			return s, plain
		case c == '\\':
			i++
			plain = false
		case c < ' ' || c >= utf8.RuneSelf:
			plain = false
		}
	}
	l.bad = true
	return nil, false
}

func (l *lines) text(field string) string {
	q, plain := l.quoted(field)
	if plain {
		return string(q[1 : len(q)-1])
	}
	return l.unquote(q)
}

// name is text that other elements have too.
func (l *lines) name(field string) string {
	q, plain := l.quoted(field)
	if !plain {
		return l.unquote(q)
	}
	s, ok := l.names[string(q[1:len(q)-1])]
	if !ok {
		s = string(q[1 : len(q)-1])
		l.names[s] = s
	}
	return s
}

func (l *lines) unquote(q []byte) (s string) {
	l.bad = l.bad || json.Unmarshal(q, &s) != nil
	return s
}

// time reads a moment into t and returns that, or nil when there is none.
func (l *lines) time(field string, t *time.Time) *time.Time {
	if l.skip(field); l.null() {
		return nil
	}
	q, plain := l.quoted("")
	l.bad = l.bad || !plain || t.UnmarshalText(q[1:len(q)-1]) != nil
	return t
}

// span reads a length of time, and its seconds into n.
func (l *lines) span(field string, n *int64) (d Duration) {
	l.skip(field)
	if l.skip(`{"seconds":`); !l.null() {
		*n = l.number("")
		d.Seconds = n
	}
	d.Text = l.name(`,"text":`)
	l.skip(`}`)
	return d
}

// who reads all but the last character: little is known of most addresses.
func (l *lines) who(field string) (w *Who) {
	l.skip(field)
	if n := len(l.rest) - 1; !l.null() && n > 0 {
		l.bad = l.bad || json.Unmarshal(l.rest[:n], &w) != nil
		l.rest = l.rest[n:]
	}
	return w
}

// number reads one without a sign.
func (l *lines) number(field string) int64 {
	l.skip(field)
	i := 0
	for i < len(l.rest) && '0' <= l.rest[i] && l.rest[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(string(l.rest[:i]), 10, 64)
	l.bad = l.bad || err != nil || i > 1 && l.rest[0] == '0'
	l.rest = l.rest[i:]
	return n
}
