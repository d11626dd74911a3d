package rules

import (
	"fmt"
	"regexp"
	"strings"
)

// placeholder stands for the attacker's address.
const placeholder = "{IP_NUMBER}"

// addressGroup is the name of the group that takes the address. In the source
// given to the parser it is empty; placeAddress fills it.
const (
	addressGroup = "IP_NUMBER"
	emptyGroup   = "(?P<" + addressGroup + ">)"
)

// problem is something to say about a pattern, at an offset in it.
type problem struct {
	at       int
	severity Severity
	message  string
}

// scanned is what can be seen in a pattern without understanding its structure.
type scanned struct {
	address  int // offset of the placeholder, or -1
	problems []problem
}

func (s *scanned) fault(at int, format string, args ...any) {
	s.problems = append(s.problems, problem{at, Error, fmt.Sprintf(format, args...)})
}

func (s *scanned) faulty() bool {
	for _, q := range s.problems {
		if q.severity == Error {
			return true
		}
	}
	return false
}

// with is the pattern with group in the placeholder's place, and ^sshd\[ widened.
func (s *scanned) with(group, text string) string {
	if s.address >= 0 {
		text = text[:s.address] + group + text[s.address+len(placeholder):]
	}
	if rest, ok := strings.CutPrefix(text, sshd); ok {
		return sshdWider + rest
	}
	return text
}

// scan looks for the placeholder, and for what Perl understands and RE2 doesn't.
func scan(text string) *scanned {
	s := &scanned{address: -1}
	class := false // inside [ ]
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			s.escape(i, rest)
			if strings.HasPrefix(rest, `\Q`) {
				i += quoted(rest)
				continue
			}
			i += 2
		case class:
			i += s.inClass(i, rest, &class)
		case rest[0] == '[':
			class = true
			i += classStart(rest)
		case rest[0] == '{' && repetition.FindString(rest) == "":
			i += s.brace(i, rest, false)
		case rest[0] == '(':
			s.group(i, rest)
			i++
		case rest[0] == '#' && i > 0 && isBlank(text[i-1]):
			s.problems = append(s.problems, problem{i, Warning,
				`this # is part of the pattern, not a comment: write \# if that is meant, or move the comment to a line of its own`})
			i++
		default:
			i += s.possessive(i, text)
		}
	}
	return s
}

// quoted is the length of \Q…\E at the start of s.
func quoted(s string) int {
	if end := strings.Index(s, `\E`); end >= 0 {
		return end + 2
	}
	return len(s)
}

// classStart is the length of what opens a class: a ] that follows is a member.
func classStart(s string) int {
	n := 1
	if strings.HasPrefix(s[n:], "^") {
		n++
	}
	if strings.HasPrefix(s[n:], "]") {
		n++
	}
	return n
}

func (s *scanned) inClass(at int, rest string, class *bool) int {
	switch {
	case rest[0] == ']':
		*class = false
	case rest[0] == '{':
		return s.brace(at, rest, true)
	case strings.HasPrefix(rest, "[:"): // [:alpha:]
		if end := strings.Index(rest, ":]"); end > 0 {
			return end + 2
		}
	}
	return 1
}

// capitals is what looks like a placeholder.
var capitals = regexp.MustCompile(`^\{(?:[A-Z][A-Z0-9_-]*|(?i:ip_?(?:number|addr|address)))\}`)

func (s *scanned) brace(at int, rest string, class bool) int {
	name := capitals.FindString(rest)
	switch {
	case name == "":
		return 1
	case name == placeholder && class:
		s.fault(at, "{IP_NUMBER} stands for a whole address and can't be part of a class: take it out of the brackets")
	case class: // a set of letters and braces, odd but valid
	case name != placeholder:
		s.fault(at, "unknown placeholder %s: the only one is {IP_NUMBER}; write \\%s for the text itself", name, name)
	case s.address >= 0:
		s.fault(at, "{IP_NUMBER} stands twice in this pattern: which one is the attacker? Write .* or a class for the other, or two patterns")
	default:
		s.address = at
	}
	return len(name)
}

// perlEscapes are those that RE2 doesn't know, and what to write instead.
var perlEscapes = map[byte]string{
	'Z': `write $`,
	'G': `write ^, or leave it out`,
	'K': `leave it out: only {IP_NUMBER} and named groups are read`,
	'R': `leave it out: a line holds no line breaks`,
	'h': `write [ \t]`,
	'H': `write [^ \t]`,
	'V': `write .`,
	'N': `write .`,
	'X': `write .`,
	'e': `write \x1b`,
	'k': `backreferences can't be had: write two patterns, or leave the comparison out`,
	'g': `backreferences can't be had: write two patterns, or leave the comparison out`,
}

func (s *scanned) escape(at int, rest string) {
	c := rest[1]
	if '1' <= c && c <= '9' {
		s.fault(at, "\\%c is a backreference, which RE2 lacks: write two patterns, or leave the comparison out", c)
	} else if remedy, ok := perlEscapes[c]; ok {
		s.fault(at, "\\%c is Perl's, RE2 lacks it: %s", c, remedy)
	}
}

// perlGroups are the openings that RE2 doesn't know, and what to write instead.
var perlGroups = []struct{ opening, remedy string }{
	{"(?=", `lookahead is Perl's, RE2 lacks it: write what follows as part of the pattern`},
	{"(?!", `negative lookahead is Perl's, RE2 lacks it: write the exception on a line of its own, as ! PATTERN`},
	{"(?<=", `lookbehind is Perl's, RE2 lacks it: write what precedes as part of the pattern`},
	{"(?<!", `negative lookbehind is Perl's, RE2 lacks it: write the exception on a line of its own, as ! PATTERN`},
	{"(?>", `an atomic group is Perl's, RE2 lacks it: write (?: instead, RE2 needs no help against backtracking`},
	{"(?|", `a branch reset is Perl's, RE2 lacks it: write two patterns`},
	{"(?#", `a comment inside a pattern is Perl's, RE2 lacks it: write it on a line of its own`},
	{"(?'", `a quoted group name is Perl's, RE2 lacks it: write (?P<name>`},
	{"(?P=", `a backreference, which RE2 lacks: write two patterns, or leave the comparison out`},
	{"(?P>", `recursion is Perl's, RE2 lacks it`},
	{"(?&", `recursion is Perl's, RE2 lacks it`},
	{"(?(", `a condition is Perl's, RE2 lacks it: write two patterns`},
}

// freeSpacing is (?x), alone or among other flags.
var freeSpacing = regexp.MustCompile(`^\(\?[a-zA-Z]*x[a-zA-Z]*(?:-[a-zA-Z]*)?[:)]`)

func (s *scanned) group(at int, rest string) {
	if !strings.HasPrefix(rest, "(?") {
		return
	}
	for _, g := range perlGroups {
		if strings.HasPrefix(rest, g.opening) {
			s.fault(at, "%s", g.remedy)
			return
		}
	}
	switch {
	case freeSpacing.MatchString(rest):
		s.fault(at, "(?x) is Perl's, RE2 lacks it: leave it out and write the pattern without the blanks")
	case strings.HasPrefix(rest, "(?P<"+addressGroup+">") || strings.HasPrefix(rest, "(?<"+addressGroup+">"):
		s.fault(at, "the group name IP_NUMBER is taken: write {IP_NUMBER}")
	}
}

// repetition is an operator with Perl's possessive + behind it.
var repetition = regexp.MustCompile(`^(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\+`)

func (s *scanned) possessive(at int, text string) int {
	rest := text[at:]
	if strings.HasPrefix(rest, "<HOST>") || strings.HasPrefix(rest, "<ADDR>") {
		s.fault(at, "%s is fail2ban's: write {IP_NUMBER}", rest[:len("<HOST>")])
		return len("<HOST>")
	}
	if strings.IndexByte("*+?{", rest[0]) < 0 { // as most are
		return 1
	}
	if op := repetition.FindString(rest); op != "" {
		plain := op[:len(op)-1]
		s.fault(at, "%s is possessive, which RE2 lacks: write %s, RE2 needs no help against backtracking", op, plain)
		return len(op)
	}
	return 1
}
