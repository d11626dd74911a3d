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
// header of syslog: then they come with the program's own name.
func (s source) behindPrefix(rest []token) (string, []token) {
	name := s.daemon
	switch quoted := regexp.QuoteMeta(s.tag); {
	case s.tag != "" && (name == "" || name == quoted):
		name = quoted
	case s.tag != "":
		name = "(?:" + quoted + "|" + name + ")"
	case name == "":
		name = anyDaemon
	}
	rest, blank := withoutBlanks(rest)
	if blank {
		return "^" + name + pid + " *", rest
	}
	return "^" + name + pid, rest
}

// inFile is for what stands at the start of a file's line, where a time has been cut
// out if blanks or [] are left of it.
func (s source) inFile(rest []token) (string, []token) {
	head := "^" + regexp.QuoteMeta(s.tag) + pid
	if after, ok := withoutEmptyBrackets(rest); ok {
		rest, _ = withoutBlanks(after)
		return head + stamp, rest
	}
	if after, ok := withoutBlanks(rest); ok {
		return head + stamp, after
	}
	return head, rest
}

// inSyslog is for what stands at the start of a syslog line: blanks, the host's name, blanks.
func inSyslog(rest []token) (string, []token) {
	after, _ := withoutBlanks(rest)
	if len(after) > 1 && isWord(after[0].text) && after[1].kind == repeat {
		if behind, ok := withoutBlanks(after[2:]); ok {
			return "^", behind
		}
	}
	return "^", after
}

func isWord(class string) bool {
	switch class {
	case `\S`, `\w`, `[^ ]`, `[\w.-]`, `[\w\-.]`, `[-\w.]`, `[^\s]`, `[\w-]`:
		return true
	}
	return false
}

// withoutBlanks drops the blanks at the head, as many and in whatever form.
func withoutBlanks(tokens []token) (rest []token, dropped bool) {
	rest = tokens
	for len(rest) > 0 && (rest[0].text == " " || rest[0].text == `\s` || rest[0].text == "[ ]") {
		rest, dropped = rest[1:], true
		if len(rest) > 0 && rest[0].kind == repeat {
			rest = rest[1:]
		}
	}
	return rest, dropped
}

// withoutEmptyBrackets drops [] at the head, which may be optional.
func withoutEmptyBrackets(tokens []token) (rest []token, dropped bool) {
	if !emptyBrackets(tokens) {
		return tokens, false
	}
	return tokens[2:], true
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
