package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
)

// object is a line as --json tells it. What is not so is null. The names and
// their order are promised.
type object struct {
	Line    int               `json:"line"`
	Entry   *string           `json:"entry"`
	Verdict *string           `json:"verdict"`
	Address *netip.Addr       `json:"address"`
	Details map[string]string `json:"details"`
	Spared  *spare.Reason     `json:"spared"`
	Ban     *ban              `json:"ban"`
}

// ban is the ban that a line tipped. Until is null for one that never ends.
type ban struct {
	Until *time.Time `json:"until"`
	Nth   int        `json:"nth"`
}

// JSON writes lines as JSON objects, one a line. Bytes that are no UTF-8 stand
// as U+FFFD.
type JSON struct {
	w   io.Writer
	buf bytes.Buffer
	enc *json.Encoder
	err error
}

// NewJSON returns a JSON that writes to w, a few bytes at a time.
func NewJSON(w io.Writer) *JSON {
	j := &JSON{w: w}
	j.enc = json.NewEncoder(&j.buf)
	j.enc.SetEscapeHTML(false)
	return j
}

// Err returns why writing failed, or nil.
func (j *JSON) Err() error { return j.err }

// Write writes a line, unless writing has failed before.
func (j *JSON) Write(l *Line) {
	if j.err != nil {
		return
	}
	j.buf.Reset()
	if l.Hit == nil {
		fmt.Fprintf(&j.buf, `{"line":%d,"entry":null,"verdict":null,"address":null,"details":{},"spared":null,"ban":null}`+"\n", l.Number)
	} else if err := j.enc.Encode(objectOf(l)); err != nil {
		panic("replay: " + err.Error()) // nothing in an object can't be encoded
	}
	_, j.err = j.w.Write(plainJSON(j.buf.Bytes()))
}

func objectOf(l *Line) *object {
	verdict := l.Hit.Entry.Verdicts[0].Kind.String()
	o := object{Line: l.Number, Entry: &l.Hit.Entry.Name, Verdict: &verdict, Details: map[string]string{}}
	if l.Outcome.Addr.IsValid() {
		o.Address = &l.Outcome.Addr
	}
	for _, d := range l.Hit.Details {
		o.Details[d.Name] = string(d.Value)
	}
	if l.Outcome.Result == ledger.Spared {
		o.Spared = &l.Outcome.Reason
	}
	if l.Ban != nil {
		o.Ban = &ban{Nth: l.Ban.Nth}
		if !l.Ban.Until.IsZero() {
			o.Ban.Until = &l.Ban.Until
		}
	}
	return &o
}

// plainJSON escapes what encoding/json leaves as it is and a terminal would act
// upon: DEL, the C1 controls, marks that turn the direction of writing.
func plainJSON(b []byte) []byte {
	if !bytes.ContainsFunc(b, steers) {
		return b
	}
	var out []byte
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case !steers(r):
			out = append(out, b[:n]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}

func steers(r rune) bool { return r >= 0x7f && !strconv.IsPrint(r) }
