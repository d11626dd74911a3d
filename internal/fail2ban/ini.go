package fail2ban

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// place is a line of a file.
type place struct {
	file string
	line int
}

// line is one line of an option's value and where it comes from.
type line struct {
	text string
	at   place
}

// value is what an option is set to: at least one line.
type value []line

// String joins the lines.
func (v value) String() string {
	texts := make([]string, len(v))
	for i, l := range v {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}

// section holds options by their name in lower case.
type section map[string]value

// defaultSection gives its options to all others.
const defaultSection = "DEFAULT"

// ini is one file.
type ini struct {
	sections map[string]section
	order    []string         // of the sections
	headers  map[string]place // the first of each
	problems []Problem
}

var (
	header = regexp.MustCompile(`^\[(.+)\]`)
	option = regexp.MustCompile(`^(.*?)\s*[=:]\s*(.*)$`)
)

// newlines are what Python takes for one.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// blanks are what Python strips from a line.
const blanks = " \t\r\v\f"

// parseINI reads a file as Python's configparser does with the options that
// fail2ban gives it: a comment begins with # or ; at the start of a line, or with ;
// behind a blank; a line that is indented deeper than its option goes on with it.
func parseINI(name, text string) *ini {
	f := &ini{sections: map[string]section{}, headers: map[string]place{}}
	if bad := notText(text); bad != "" {
		f.problems = append(f.problems, Problem{name, 0, bad + ": the file is not read, by fail2ban neither"})
		return f
	}
	var current section
	var open string // the option that may go on
	var indent int  // of its first line
	for n, raw := range strings.Split(newlines.Replace(strings.TrimPrefix(text, "\ufeff")), "\n") {
		at := place{name, n + 1}
		content := strings.Trim(withoutComment(raw), blanks)
		depth := len(raw) - len(strings.TrimLeft(raw, blanks))
		switch {
		case content == "": // patterns are never empty, so that blank lines need not be kept
		case open != "" && depth > indent:
			current[open] = append(current[open], line{content, at})
		default:
			indent, open = depth, ""
			if m := header.FindStringSubmatch(content); m != nil {
				current = f.section(m[1], at)
				continue
			}
			m := option.FindStringSubmatch(content)
			if m == nil || m[1] == "" || current == nil {
				f.problems = append(f.problems, Problem{at.file, at.line, fmt.Sprintf("%s is no option of a section", quote(content))})
				continue
			}
			open = strings.ToLower(m[1])
			current[open] = value{{m[2], at}}
		}
	}
	return f
}

// section returns the section of that name, which may stand in several parts.
func (f *ini) section(name string, at place) section {
	if f.sections[name] == nil {
		f.sections[name], f.headers[name] = section{}, at
		f.order = append(f.order, name)
	}
	return f.sections[name]
}

// withoutComment cuts a comment off.
func withoutComment(raw string) string {
	if t := strings.TrimLeft(raw, blanks); t == "" || t[0] == '#' {
		return ""
	}
	for i := range len(raw) {
		if raw[i] == ';' && (i == 0 || strings.IndexByte(blanks, raw[i-1]) >= 0) {
			return raw[:i]
		}
	}
	return raw
}

// notText tells what keeps a file from being text.
func notText(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "this is not UTF-8"
	case strings.IndexByte(text, 0) >= 0: // our own mark; see prefixMark
		return "there is a NUL in this file"
	}
	return ""
}
