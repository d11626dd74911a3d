package replay

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/rules"
)

// How much of what did not match is shown, and how wide.
const (
	shownAttempts = 5
	shownBefore   = 100 // runes before a marker
	shownBehind   = 80
)

// Explain judges one line as [Replay.Judge] does, and tells how it is read, what
// was tried on it and where that stopped, the verdict, and what comes of it. With
// colour it is for a terminal. Whatever is not printable in the line is escaped.
func (r *Replay) Explain(w io.Writer, line string, colour bool) error {
	if r.options.Tag != "" {
		line = r.options.Tag + ": " + line
	}
	cut := len(line) > r.options.Limit
	l := r.Judge([]byte(line[:min(len(line), r.options.Limit)]), cut)
	e := &explainer{printer: printer{w: w}, colour: colour}
	e.fields(l)
	e.tried(attempts(r.options.Rules, l.Message.Line), l)
	if l.Hit == nil {
		e.nothing(l)
		return e.err
	}
	var strikes []ledger.Strikes
	if l.Outcome.Addr.IsValid() {
		strikes = r.ledger.Strikes(r.clock.now, l.Outcome.Addr)
	}
	e.verdict(l, strikes)
	return e.err
}

type explainer struct {
	printer
	colour bool
}

// The codes of ECMA-48 that are used.
const (
	bold  = "1"
	red   = "31"
	green = "32"
	faint = "2"
)

func (e *explainer) paint(code, s string) string {
	if !e.colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// field writes a name and its value, which is escaped.
func (e *explainer) field(name, value string) {
	e.printf("%s %s\n", e.paint(faint, fmt.Sprintf("%-9s", name)), escape(value))
}

func (e *explainer) fields(l *Line) {
	m := &l.Message
	e.field("priority", priorityName(m.Priority))
	e.field("time", timeOf(l))
	e.field("host", orNone(m.Host))
	e.field("tag", orNone(m.Tag))
	e.field("pid", orNone(m.PID))
	e.field("text", orNone(m.Text))
	if m.Repeat > 1 {
		e.field("repeated", strconv.Itoa(m.Repeat)+" times")
	}
	if m.Truncated {
		e.field("cut", "the line is longer than the limit; no pattern that ends in $ matches")
	}
	e.printf("\n%s\n", e.paint(bold, "The rules see"))
	e.printf("  %s\n", escape(string(m.Line)))
}

func orNone(b []byte) string {
	if len(b) == 0 {
		return "-"
	}
	return string(b)
}

func timeOf(l *Line) string {
	switch {
	case len(l.Message.Stamp) == 0 && l.Time.IsZero():
		return "-, so it counts now"
	case len(l.Message.Stamp) == 0:
		return "-, so it counts at " + l.Time.Format(moment)
	case l.Time.IsZero():
		return string(l.Message.Stamp) + ", which is not believed: it counts now"
	}
	return string(l.Message.Stamp) + ", which is " + l.Time.Format(time.RFC3339)
}

// Names as syslog.conf(5) has them, by their numbers.
var (
	facilities = strings.Fields("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock " +
		"local0 local1 local2 local3 local4 local5 local6 local7")
	severities = strings.Fields("emerg alert crit err warning notice info debug")
)

func priorityName(p int) string {
	if p < 0 {
		return "-"
	}
	return fmt.Sprintf("%s.%s (%d)", facilities[p/8], severities[p%8], p)
}

// tried tells where the patterns that might have been meant stopped, and which
// would have taken the line had they come first.
func (e *explainer) tried(all []attempt, l *Line) {
	entries := 0
	if l.Hit != nil {
		entries = l.Hit.Entry.Number + 1
	} else if len(all) > 0 {
		entries = all[len(all)-1].entry.Number + 1
	}
	near := nearest(all, l, shownAttempts)
	e.printf("\n%s %s in their order", e.paint(bold, "Tried"), count(entries, "entry", "entries"))
	switch {
	case len(near) > 0:
		e.printf("; these came near, and did not match")
	case l.Hit == nil:
		e.printf("; none is about lines like this")
	}
	e.printf("\n")
	for _, a := range near {
		e.printf("  %s [%s] %s\n", e.paint(red, "no "), escape(a.entry.Name), place(a.pattern))
		if a.exclusion != nil {
			e.printf("      it matches, and %s takes it out: ! %s\n", place(a.exclusion), escape(a.exclusion.Text))
			continue
		}
		e.stop(a, l.Message.Line)
	}
	for _, a := range all {
		if a.matches && a.exclusion == nil && l.Hit != nil && a.pattern != l.Hit.Pattern {
			e.printf("  %s [%s] %s would take it too, but comes later\n", e.paint(faint, "yes"), escape(a.entry.Name), place(a.pattern))
		}
	}
}

// stop shows the line with a marker where the pattern stopped, and what of the
// pattern is left.
func (e *explainer) stop(a attempt, line []byte) {
	before, behind := escape(string(line[:a.to])), shorten(escape(string(line[a.to:])), shownBehind)
	if n := utf8.RuneCountInString(before) - shownBefore; n > 0 {
		before = "…" + string([]rune(before)[n:])
	}
	e.printf("      %s%s\n", e.paint(green, before), behind)
	rest := a.pattern.Text[a.fits:]
	why := "here is wanted: "
	if a.fits == len(a.pattern.Text) || strings.HasPrefix(rest, placeholder) {
		why = "here is no address that can be taken: "
	}
	e.printf("      %*s%s %s%s\n", utf8.RuneCountInString(before), "", e.paint(red, "^"), why, shorten(escape(rest), shownBehind))
}

func place(p *rules.Pattern) string {
	return fmt.Sprintf("%s:%d", escape(p.Pos.File), p.Pos.Line)
}

// nothing tells about a line that no entry takes.
func (e *explainer) nothing(l *Line) {
	e.printf("\n%s no entry takes it\n", e.paint(bold, "Verdict"))
	e.suggestion("  ", l.Message.Line)
}

// verdict tells about the entry that takes the line, and what comes of that.
func (e *explainer) verdict(l *Line, strikes []ledger.Strikes) {
	h := l.Hit
	e.printf("\n%s %s [%s] %s\n", e.paint(bold, "Verdict"), e.paint(green, h.Entry.Verdicts[0].Kind.String()), escape(h.Entry.Name), place(h.Pattern))
	e.printf("  %s\n", escape(h.Pattern.Text))
	if l.Outcome.Addr.IsValid() {
		e.field("  address", l.Outcome.Addr.String())
	}
	for _, d := range h.Details {
		e.field("  "+d.Name, string(d.Value))
	}
	for i := range h.Entry.Verdicts {
		v := h.Entry.Verdicts[i].String()
		for _, s := range strikes {
			if s.Entry == h.Entry.Name && s.Verdict == i {
				v += fmt.Sprintf(" (%d so far)", s.Hits)
			}
		}
		e.field("  asks for", v)
	}
	e.field("  outcome", outcomeText(l))
}
