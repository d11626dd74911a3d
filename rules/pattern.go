package rules

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

const (
	sshd      = `^sshd\[`
	sshdWider = `^sshd(?:-session|-auth)?\[`
)

// compile makes a Pattern of the text at col, or reports why it can't and returns nil.
func (p *parser) compile(text string, col int) *Pattern {
	switch {
	case len(text) > maxPattern:
		p.fault(col, "a pattern has at most %d bytes, this one has %d", maxPattern, len(text))
		return nil
	case !utf8.ValidString(text):
		p.fault(col+len(validPrefix(text)), "a pattern is UTF-8, and this byte is not: write . for it")
		return nil
	}
	s := scan(text)
	for _, q := range s.problems {
		p.report(q.severity, p.pos(col+q.at), "%s", q.message)
	}
	if s.faulty() {
		return nil
	}
	if strings.HasPrefix(text, sshd) && !p.widened {
		p.widened = true // said once a file
		p.report(Note, p.pos(col), "^sshd\\[, here and below, also means sshd-session and sshd-auth, as OpenSSH 9.8 and later call themselves")
	}
	source := s.with(emptyGroup, text)
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		at, message := explain(err, text)
		p.fault(col+at, "%s", message)
		return nil
	}
	c := &Pattern{Text: text, Tag: tag(source), Steering: p.steering, Pos: p.pos(col), entry: p.entry, ends: holdsEnd(tree), tree: tree}
	c.doubts = doubts(tree, s.address, p.steering != "")
	c.nameGroups(tree.CapNames())
	if s.address >= 0 {
		if c.narrowed, err = placeAddress(tree); err != nil {
			p.fault(col+s.address, "%v", err)
			return nil
		}
	}
	return c
}

// Expr returns the pattern for package regexp, {IP_NUMBER} spelt out. It is made at
// each call, some in milliseconds.
func (c *Pattern) Expr() string {
	if c.narrowed {
		return c.tree.String() // slow, so only where the text won't do
	}
	return scan(c.Text).with(address, c.Text)
}

// nameGroups notes what the groups are for.
func (c *Pattern) nameGroups(names []string) {
	for i, name := range names {
		switch name {
		case "":
		case addressGroup:
			c.address = i
		default:
			c.named = append(c.named, group{name, i})
		}
	}
}

// validPrefix returns what stands before the first byte that is no UTF-8.
func validPrefix(s string) string {
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
			return s[:i]
		}
	}
	return s
}

// explain turns a syntax error into its place in text and a message with a remedy.
func explain(err error, text string) (int, string) {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return 0, err.Error()
	}
	at := 0
	if e.Expr != "" {
		at = max(0, strings.LastIndex(text, e.Expr))
	}
	switch e.Code {
	case syntax.ErrMissingParen:
		return 0, "a ( is never closed: close it, or write \\( for a parenthesis in the line"
	case syntax.ErrUnexpectedParen:
		return max(0, strings.LastIndex(text, ")")), "a ) closes nothing: write \\) for a parenthesis in the line"
	case syntax.ErrMissingBracket:
		return at, "a [ is never closed: close it, or write \\[ for a bracket in the line"
	case syntax.ErrInvalidRepeatOp, syntax.ErrMissingRepeatArgument:
		return at, fmt.Sprintf("%s repeats nothing: write \\%s for the character itself", e.Expr, e.Expr)
	case syntax.ErrTrailingBackslash:
		return len(text) - 1, "a \\ at the end stands for nothing: write \\\\ for a backslash in the line"
	case syntax.ErrInvalidRepeatSize:
		return at, fmt.Sprintf("%s: a repetition counts to 1000 at most, nested ones together", e.Expr)
	}
	return at, fmt.Sprintf("%s: %s is not in RE2's syntax", quote(e.Expr), e.Code)
}

// holdsEnd tells whether a $, \z or the end of a line stands anywhere in re.
func holdsEnd(re *syntax.Regexp) bool {
	if re.Op == syntax.OpEndText || re.Op == syntax.OpEndLine {
		return true
	}
	for _, s := range re.Sub {
		if holdsEnd(s) {
			return true
		}
	}
	return false
}

// tagPattern is a literal program name behind ^, up to its bracket or colon.
var tagPattern = regexp.MustCompile(`^\^((?:[0-9A-Za-z_/-]|\\[./-])+)(?:\(\?:-session\|-auth\)\?)?(?:\\\[|\(\?:\\\[|:)`)

func tag(source string) string {
	m := tagPattern.FindStringSubmatch(source)
	if m == nil {
		return ""
	}
	return strings.ReplaceAll(m[1], `\`, "")
}
