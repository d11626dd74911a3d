package rules

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"
)

// file is what one rules file says, before what it includes and uses is known.
type file struct {
	name      string
	never     []Never
	always    []netip.Prefix
	lists     []List
	recidive  []recidive
	includes  []operand
	uses      []use
	entries   []*Entry
	spoofable bool // the addresses in the lines it is about are proved by no handshake
}

// parser walks over the lines of one file. It goes on after a fault, so that all
// of them are reported at once.
type parser struct {
	file
	lines  []string
	line   int // the current line, from 1
	faults []Fault

	entry      *Entry
	hasVerdict bool   // the entry has a verdict line, be it faulty
	hasPattern bool   // likewise a pattern or an exclusion
	steering   string // the reason in the comment just above
	widened    bool   // the note on ^sshd\[ has been made
}

const (
	maxName    = 200  // bytes of an entry's name
	maxPattern = 4096 // bytes of a pattern
)

func newParser(name, text string) *parser {
	return &parser{file: file{name: name}, lines: splitLines(text)}
}

// parse reads the text.
func (p *parser) parse() {
	for i, raw := range p.lines {
		p.line = i + 1
		trimmed := strings.Trim(raw, blanks)
		col := strings.Index(raw, trimmed) + 1
		switch {
		case trimmed == "":
			p.steering = ""
		case trimmed[0] == '#':
			p.comment(trimmed)
		default:
			p.statement(trimmed, col)
			p.steering = ""
		}
	}
	p.endEntry()
}

// splitLines cuts text at its line feeds. A byte order mark is dropped; carriage
// returns before a line feed count as blanks later on.
func splitLines(text string) []string {
	s := strings.TrimPrefix(text, "\ufeff")
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func (p *parser) pos(col int) Pos { return Pos{p.name, p.line, col} }

func (p *parser) report(s Severity, at Pos, format string, args ...any) {
	p.faults = append(p.faults, Fault{at, s, fmt.Sprintf(format, args...), p.source(at)})
}

func (p *parser) source(at Pos) string {
	return strings.TrimRight(p.lines[at.Line-1], "\r")
}

func (p *parser) fault(col int, format string, args ...any) {
	p.report(Error, p.pos(col), format, args...)
}

func (p *parser) comment(text string) {
	if text == "# spoofable" {
		p.spoofable = true
	}
	if reason, ok := strings.CutPrefix(strings.TrimLeft(text, "# \t"), "steering:"); ok {
		p.steering = strings.TrimSpace(reason)
	}
}

// header is an entry's name in brackets; a comment may follow, as on a verdict's line.
var header = regexp.MustCompile(`^\[([^\[\]]*)\](?:[ \t]+#.*)?$`)

func (p *parser) statement(text string, col int) {
	if text[0] == '[' && p.header(text, col) {
		return
	}
	if p.entry == nil {
		p.directive(text, col)
		return
	}
	first := text
	if end := strings.IndexAny(text, blanks); end >= 0 {
		first = text[:end]
	}
	switch {
	case isDirective(first):
		p.fault(col, "%s stands before the first entry, not inside one; a pattern that begins so is written [%s]%s",
			first, first[:1], first[1:])
	case text[0] == '!':
		rest := strings.TrimLeft(text[1:], blanks)
		p.hasPattern = true
		p.exclusion(rest, col+len(text)-len(rest))
	case !p.hasPattern && looksLikeVerdict(text, first):
		p.verdict(text, col)
	default:
		p.patternLine(text, col, first)
	}
}

// header begins an entry if that is what text, which begins with a bracket, says or
// was meant to say.
func (p *parser) header(text string, col int) bool {
	m := header.FindStringSubmatch(text)
	switch {
	case m != nil:
		p.beginEntry(strings.Trim(m[1], blanks), col)
	case strings.Contains(text, placeholder):
		return false
	case !strings.Contains(text, "]"):
		p.beginEntry(text[1:], col)
		p.fault(col, "the name of an entry ends with ]")
	case text[len(text)-1] == ']':
		p.beginEntry(text, col)
		p.fault(col, "the name of an entry holds no bracket; a pattern that begins with [ and ends with ] is written (?:%s)", text)
	default:
		return false
	}
	return true
}

func (p *parser) beginEntry(name string, col int) {
	p.endEntry()
	p.entry = &Entry{Name: name, Pos: p.pos(col)}
	p.hasVerdict, p.hasPattern = false, false
	switch {
	case name == "":
		p.fault(col, "an entry needs a name between its brackets")
	case len(name) > maxName:
		p.fault(col, "the name of an entry has at most %d bytes, this one has %d", maxName, len(name))
	case !utf8.ValidString(name) || printable(name) != name || strings.Contains(name, "\t"):
		p.fault(col, "the name of an entry holds a control character or is not UTF-8")
	}
}

func (p *parser) endEntry() {
	e := p.entry
	if e == nil {
		return
	}
	switch {
	case !p.hasVerdict && !p.hasPattern:
		p.report(Error, e.Pos, "entry [%s] is empty: write how long to block, such as 12h, and below it a pattern", e.Name)
	case len(e.Patterns) == 0 && !p.patternsFaulty():
		p.report(Error, e.Pos, "entry [%s] has no pattern", e.Name)
	}
	p.entries = append(p.entries, e)
	p.entry = nil
}

// patternsFaulty tells whether the entry's patterns have been reported already.
func (p *parser) patternsFaulty() bool {
	for i := len(p.faults) - 1; i >= 0; i-- {
		if f := p.faults[i]; f.Line >= p.entry.Pos.Line && f.Severity == Error {
			return true
		}
	}
	return false
}

// looksLikeVerdict tells the verdict lines from the patterns below them. What
// holds a placeholder is a pattern, even if it begins with a number.
func looksLikeVerdict(text, first string) bool {
	if strings.Contains(text, placeholder) {
		return false
	}
	switch first {
	case "block", "accept", "ignore", "remember", "forget", "forever", "after", "doubling":
		return true
	}
	return '0' <= first[0] && first[0] <= '9'
}

func (p *parser) verdict(text string, col int) {
	p.hasVerdict = true
	v, err := parseVerdict(words(text, col))
	if err != nil {
		p.fault(err.col, "%s", err.message)
		return
	}
	if have := p.entry.Verdicts; len(have) > 0 && (v.Kind != Block || have[0].Kind != Block) {
		p.fault(col, "only block verdicts can stand together: [%s] already says %s", p.entry.Name, have[0].Kind)
		return
	}
	p.entry.Verdicts = append(p.entry.Verdicts, v)
}

func (p *parser) patternLine(text string, col int, first string) {
	if !p.hasVerdict {
		p.hasVerdict = true // once is enough
		if near := nearest(first, verdictWords); near != "" {
			p.fault(col, "unknown verdict %s: did you mean %s?", quote(first), near)
			return
		}
		p.fault(col, "entry [%s] has no verdict: write how long to block, such as 12h, above its patterns", p.entry.Name)
	}
	if p.hasPattern && looksLikeVerdict(text, first) {
		if _, err := parseVerdict(words(text, col)); err == nil {
			p.fault(col, "a verdict stands above the patterns of its entry")
			return
		}
	}
	p.hasPattern = true
	if c := p.compile(text, col); c != nil {
		p.entry.Patterns = append(p.entry.Patterns, c)
	}
}

func (p *parser) exclusion(text string, col int) {
	if text == "" {
		p.fault(col, "a pattern is missing after !")
		return
	}
	if c := p.compile(text, col); c != nil {
		p.entry.Exclusions = append(p.entry.Exclusions, c)
	}
}

var verdictWords = []string{"block", "accept", "ignore", "remember", "forget", "forever"}
