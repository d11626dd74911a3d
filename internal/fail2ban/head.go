package fail2ban

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// source is how the lines that a pattern is for reach us: as syslog messages, or as
// the lines of a file, before which tag is put.
type source struct {
	tag string // empty for syslog
	// daemon is the name of the program behind __prefix_line as a pattern, empty for any.
	daemon string
}

const (
	pid       = `(?:\[\d+\])?: `
	pidAlone  = `(?:\[\d+\])?:? ` // some programs leave the colon out
	anyDaemon = `[\w./-]+`
	// stamp is a time that may be left of those that a line of a file can begin with. The
	// usual forms are taken away before rules see a line. No loop in it takes letters:
	// nobody can hide a text of his own there.
	stamp = `(?:\[?(?:(?:[A-Z][A-Za-z]{2,3}|[TZ]|[@\d/][\d/:.,+-]*)[ -]*){1,8}\]?:? *)?`
	// cutOut is a time within a line: fail2ban cuts it out, and [] is left.
	cutOut = `\[[^\[\]]*\]`
)

// place writes an expression on whole lines as a pattern on ours: without what
// stands before the message, and with the program's name.
func (s source) place(tokens []token) (string, error) {
	n := leadingFlags(tokens)
	lead, rest := tokens[:n], unwrapPrefix(tokens[n:])
	anchored := false
	for len(rest) > 0 && rest[0].kind == begin {
		anchored, rest = true, rest[1:]
	}
	prefixed := len(rest) > 0 && rest[0].kind == prefix
	if prefixed {
		rest = rest[1:]
	}
	if slices.ContainsFunc(rest, func(t token) bool { return t.kind == prefix }) {
		return "", errors.New("__prefix_line stands in the midst of it")
	}
	var head string
	switch {
	case !anchored:
		head = s.anywhere()
	case prefixed:
		head, rest = s.behindPrefix(rest)
	case s.tag != "":
		head, rest = s.inFile(rest)
	default:
		head, rest = inSyslog(rest)
	}
	return safe(render(lead) + head + body(rest)), nil
}

// unwrapPrefix moves __prefix_line out of the groups that begin with it.
func unwrapPrefix(tokens []token) []token {
	at := slices.IndexFunc(tokens, func(t token) bool { return t.kind == prefix })
	if at < 0 {
		return tokens
	}
	first := at
	for first > 0 && tokens[first-1].kind == open && single(tokens[first-1:]) {
		first--
	}
	groups, rest := tokens[first:at], tokens[at+1:]
	for len(groups) > 0 && len(rest) > 0 && rest[0].kind == closing {
		groups, rest = groups[:len(groups)-1], rest[1:] // nothing else was in it
	}
	return slices.Concat(tokens[:first], tokens[at:at+1], groups, rest)
}

// single tells whether the group at the head of tokens is there once, with one alternative.
func single(tokens []token) bool {
	depth := 0
	for i, t := range tokens {
		depth += nesting(t.kind)
		switch {
		case depth == 1 && t.kind == bar:
			return false
		case depth == 0:
			return i+1 == len(tokens) || tokens[i+1].kind != repeat
		}
	}
	return false
}

// anywhere is for an expression without ^.
func (s source) anywhere() string {
	if s.tag == "" {
		return ""
	}
	return "^" + regexp.QuoteMeta(s.tag) + pid + ".*"
}

// behindPrefix is for what stands behind __prefix_line. A file's lines may have the
// header of syslog: then they come with the program's own name, or have it behind a time.
func (s source) behindPrefix(rest []token) (string, []token) {
	name, quoted := s.daemon, regexp.QuoteMeta(s.tag)
	switch {
	case s.tag == "" && name == "":
		name = anyDaemon
	case s.tag == "":
	case name == "":
		return "^" + quoted + pidAlone + stamp, relax(rest)
	case name == quoted:
		return "^" + name + pidAlone + stamp + "(?:" + name + pidAlone + ")?", relax(rest)
	default:
		return "^(?:" + quoted + "|" + name + ")" + pidAlone + stamp + "(?:" + name + pidAlone + ")?", relax(rest)
	}
	return "^" + name + pidAlone, relax(rest)
}

// inFile is for what stands at the start of a file's line. Where that is the address,
// the time stands behind it.
func (s source) inFile(rest []token) (string, []token) {
	head := "^" + regexp.QuoteMeta(s.tag) + pid
	if len(rest) == 0 || rest[0].kind == host {
		return head, rest
	}
	return head + stamp, relax(rest)
}

// inSyslog is for what stands at the start of a syslog line: blanks, the host's name, blanks.
func inSyslog(rest []token) (string, []token) {
	after := withoutBlanks(rest)
	if len(after) > 2 && isWord(after[0].text) && after[1].kind == repeat && isBlank(after[2]) {
		return "^", withoutBlanks(after[2:])
	}
	return "^", relax(rest)
}

func isWord(class string) bool {
	switch class {
	case `\S`, `\w`, `[^ ]`, `[\w.-]`, `[\w\-.]`, `[-\w.]`, `[^\s]`, `[\w-]`:
		return true
	}
	return false
}

func isBlank(t token) bool { return t.text == " " || t.text == `\s` || t.text == "[ ]" }

// withoutBlanks drops the blanks at the head, as many and in whatever form.
func withoutBlanks(tokens []token) []token {
	for len(tokens) > 0 && isBlank(tokens[0]) {
		tokens = tokens[1:]
		if len(tokens) > 0 && tokens[0].kind == repeat {
			tokens = tokens[1:]
		}
	}
	return tokens
}

// relax makes optional what a time leaves when fail2ban cuts it out of the head of a line:
// blanks, a colon, empty brackets. We take them away with the time. It looks into the
// groups that may come first.
func relax(tokens []token) []token {
	out, _ := relaxed(tokens)
	return out
}

// relaxed is relax, and tells whether tokens may match nothing then.
func relaxed(tokens []token) (out []token, empty bool) {
	for len(tokens) > 0 {
		n := element(tokens)
		part, rest := tokens[:n], tokens[n:]
		optional := len(rest) > 0 && rest[0].kind == repeat && mayBeNone(rest[0].text)
		switch {
		case emptyBrackets(tokens):
			rest = tokens[2:]
			out = append(out, token{atom, "(?:" + cutOut + ")?"})
			tokens = rest
			continue
		case isBlank(part[0]) || part[0].text == ":":
			out = append(out, part[0], token{repeat, "*"})
			if len(rest) > 0 && rest[0].kind == repeat {
				rest = rest[1:]
			}
			tokens = rest
			continue
		case part[0].kind == open:
			inner, none := relaxedGroup(part)
			out = append(out, inner...)
			optional = optional || none
		default:
			out = append(out, part...)
		}
		if len(rest) > 0 && rest[0].kind == repeat {
			out = append(out, rest[0])
			rest = rest[1:]
		}
		if !optional {
			return append(out, rest...), false
		}
		tokens = rest
	}
	return out, true
}

// relaxedGroup relaxes each alternative of a group.
func relaxedGroup(group []token) (out []token, empty bool) {
	out = append(out, group[0])
	for i, alt := range alternatives(group[1 : len(group)-1]) {
		if i > 0 {
			out = append(out, token{bar, "|"})
		}
		inner, none := relaxed(alt)
		out = append(out, inner...)
		empty = empty || none
	}
	return append(out, group[len(group)-1]), empty
}

// element returns how many tokens the first thing has, without what repeats it.
func element(tokens []token) int {
	depth := 0
	for i, t := range tokens {
		if depth += nesting(t.kind); depth == 0 {
			return i + 1
		}
	}
	return len(tokens)
}

// mayBeNone tells whether a repetition allows nothing.
func mayBeNone(repetition string) bool {
	return repetition[0] == '*' || repetition[0] == '?' || strings.HasPrefix(repetition, "{0")
}

func emptyBrackets(tokens []token) bool {
	return len(tokens) > 1 && tokens[0].text == `\[` && (tokens[1].text == `\]` || tokens[1].text == "]") &&
		(len(tokens) == 2 || tokens[2].kind != repeat)
}

// body writes the rest, with a time again where it has been cut out.
func body(tokens []token) string {
	var b strings.Builder
	for i := 0; i < len(tokens); i++ {
		if emptyBrackets(tokens[i:]) {
			b.WriteString(cutOut)
			i++
			continue
		}
		b.WriteString(tokens[i].text)
	}
	return b.String()
}
