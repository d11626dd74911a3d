package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind is what a verdict does.
type Kind uint8

const (
	// Block puts the address into the blacklist.
	Block Kind = iota
	// Accept puts the address into the whitelist.
	Accept
	// Ignore ends the trial of the line.
	Ignore
	// Remember ties the address to the line's session.
	Remember
	// Forget ends the session.
	Forget
)

// String returns the word that the rules file uses.
func (k Kind) String() string {
	return [...]string{"block", "accept", "ignore", "remember", "forget"}[k]
}

// Verdict is one verdict line of an entry.
type Verdict struct {
	Kind Kind
	// For is how long the ban, acceptance or session lasts: at least one second,
	// or Forever. It is 0 for Ignore and Forget.
	For time.Duration
	// After is the number of hits in Within that is needed: 1 to 255, or to 64
	// with Different. A verdict without a count has 1, and Within 0.
	After  int
	Within time.Duration
	// Different names the group whose distinct values are counted, or is empty.
	Different string
	// DoublingTo is the longest ban of an escalation, at least For; 0 is no escalation.
	DoublingTo time.Duration
}

// String writes v as a rules file may have it: what it returns is read as v again.
func (v Verdict) String() string {
	s := v.Kind.String()
	if v.For > 0 {
		s += " " + FormatDuration(v.For)
	}
	if v.Within > 0 {
		s += fmt.Sprintf(" after %d", v.After)
		if v.Different != "" {
			s += " different " + v.Different
		}
		s += " in " + FormatDuration(v.Within)
	}
	if v.DoublingTo > 0 {
		s += " doubling to " + FormatDuration(v.DoublingTo)
	}
	return s
}

const (
	maxAfter     = 255
	maxDifferent = 64
)

// word is a blank-separated part of a line, and the byte column where it begins.
type word struct {
	text string
	col  int
}

// words splits a verdict's or directive's line, whose comment begins with a # at
// a word's start. The last element is the empty word at the line's end.
func words(line string, col int) []word {
	var out []word
	for i := 0; ; {
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if i == len(line) || line[i] == '#' {
			return append(out, word{"", col + len(strings.TrimRight(line[:i], blanks))})
		}
		start := i
		for i < len(line) && !isBlank(line[i]) {
			i++
		}
		out = append(out, word{line[start:i], col + start})
	}
}

const blanks = " \t\r\v\f"

func isBlank(c byte) bool { return strings.IndexByte(blanks, c) >= 0 }

// wordError is a fault at a word.
type wordError struct {
	word
	message string
}

// verdictParser reads one verdict; the first error stays.
type verdictParser struct {
	rest []word // ends with the empty word
	err  *wordError
}

// parseVerdict reads the whole of ws, which ends with the empty word.
func parseVerdict(ws []word) (Verdict, *wordError) {
	p := &verdictParser{rest: ws}
	v := Verdict{After: 1}
	switch first := p.peek(); first.text {
	case "accept", "remember":
		p.take()
		v.Kind = Accept
		if first.text == "remember" {
			v.Kind = Remember
		}
		v.For = p.duration("how long")
	case "ignore":
		p.take()
		v.Kind = Ignore
	case "forget":
		p.take()
		v.Kind = Forget
	case "block":
		p.take()
		p.block(&v)
	default:
		p.block(&v)
	}
	if w := p.peek(); w.text != "" {
		p.fail(w, "unexpected %s after the verdict%s", quote(w.text), expected(v))
	}
	return v, p.err
}

func expected(v Verdict) string {
	switch {
	case v.Kind != Block:
		return ": " + v.Kind.String() + " has no count and no escalation"
	case v.DoublingTo != 0:
		return ""
	case v.Within != 0:
		return `: only "doubling to DURATION" may follow`
	}
	return `: "after N in DURATION" or "doubling to DURATION" may follow`
}

func (p *verdictParser) block(v *Verdict) {
	v.For = p.duration("how long")
	if p.peek().text == "after" {
		p.take()
		n := p.take()
		most := maxAfter
		if p.peek().text == "different" {
			p.take()
			most = maxDifferent
			v.Different = p.group()
		}
		v.After = p.count(n, most)
		p.keyword("in")
		w := p.peek()
		if v.Within = p.duration("the window"); v.Within == Forever {
			p.fail(w, "a window must end: write a duration such as 10m")
		}
	}
	if p.peek().text == "doubling" {
		p.take()
		p.keyword("to")
		w := p.peek()
		v.DoublingTo = p.duration("the longest ban")
		if p.err == nil && v.DoublingTo < v.For {
			p.fail(w, "doubling to %s ends below the first ban", quote(w.text))
		}
	}
}

func (p *verdictParser) peek() word { return p.rest[0] }

func (p *verdictParser) take() word {
	w := p.rest[0]
	if len(p.rest) > 1 {
		p.rest = p.rest[1:]
	}
	return w
}

func (p *verdictParser) fail(w word, format string, args ...any) {
	if p.err == nil {
		p.err = &wordError{w, fmt.Sprintf(format, args...)}
	}
}

func (p *verdictParser) keyword(k string) {
	if w := p.take(); w.text != k {
		p.fail(w, "expected %q, found %s", k, found(w))
	}
}

func found(w word) string {
	if w.text == "" {
		return "the end of the line"
	}
	return quote(w.text)
}

func (p *verdictParser) group() string {
	w := p.take()
	switch {
	case !groupName.MatchString(w.text):
		p.fail(w, "expected the name of a group after \"different\", found %s", found(w))
	case w.text == sessionGroup:
		p.fail(w, "the group session ties lines together and can't be counted: name another")
	}
	return w.text
}

var groupName = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]*$`)

func (p *verdictParser) count(w word, most int) int {
	n, err := strconv.ParseUint(w.text, 10, 16)
	if err != nil || n < 1 || n > uint64(most) {
		p.fail(w, "expected a count from 1 to %d, found %s", most, found(w))
	}
	return int(n)
}

func (p *verdictParser) duration(what string) time.Duration {
	w := p.take()
	if w.text == "" {
		p.fail(w, "%s is missing: write a duration such as 12h", what)
		return 0
	}
	d, err := ParseDuration(w.text)
	if err != nil {
		p.fail(w, "%v", err)
	}
	return d
}
