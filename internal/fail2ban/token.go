package fail2ban

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// kind says what a token is.
type kind uint8

const (
	atom       kind = iota // what consumes characters, or a boundary
	flags                  // (?i) for what follows
	begin                  // ^
	end                    // $
	bar                    // |
	open                   // a group's opening
	closing                // )
	repeat                 // * + ? {n,m}, and lazy ones
	host                   // the address
	prefix                 // __prefix_line
	contentOf              // <F-CONTENT>
	contentEnd             // </F-CONTENT>
)

// token is a part of a pattern, as RE2 writes it.
type token struct {
	kind kind
	text string
}

// tokenizer walks over a pattern of Python's and writes it as RE2 has it.
type tokenizer struct {
	rest   string
	out    []token
	groups map[string]bool // the names that are taken
	opened map[string]bool // the <F-…> that wait for their end
	depth  int
}

// tokenize reads one pattern. The error is the first thing that can't be translated.
func tokenize(pattern string) ([]token, error) {
	t := &tokenizer{rest: pattern, groups: map[string]bool{}, opened: map[string]bool{}}
	for t.rest != "" {
		if err := t.next(); err != nil {
			return nil, err
		}
		if t.depth < 0 {
			return nil, errors.New("a ) closes nothing")
		}
	}
	if t.depth > 0 {
		return nil, errors.New("a ( is never closed")
	}
	return t.out, nil
}

// take emits n bytes of the pattern as a token that says text.
func (t *tokenizer) take(n int, k kind, text string) {
	t.rest = t.rest[n:]
	t.out = append(t.out, token{k, text})
	switch k {
	case open:
		t.depth++
	case closing:
		t.depth--
	}
}

func (t *tokenizer) next() error {
	switch c := t.rest[0]; c {
	case prefixMark[0]:
		t.take(1, prefix, "")
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.group()
	case ')':
		t.take(1, closing, ")")
	case '|':
		t.take(1, bar, "|")
	case '^':
		t.take(1, begin, "^")
	case '$':
		t.take(1, end, "$")
	case '<':
		return t.tag()
	case '*', '+', '?', '{':
		return t.repetition()
	case '#':
		t.take(1, atom, `\#`)
	default:
		_, n := utf8.DecodeRuneInString(t.rest)
		t.take(n, atom, t.rest[:n])
	}
	return nil
}

// escape reads what a backslash begins, outside a class or inside.
func (t *tokenizer) escape() error {
	if len(t.rest) == 1 {
		return errors.New(`a \ at the end`)
	}
	switch t.rest[1] {
	case 'A':
		t.take(2, begin, "^")
		return nil
	case 'Z':
		t.take(2, end, "$")
		return nil
	}
	n, text, err := escaped(t.rest)
	if err == nil {
		t.take(n, atom, text)
	}
	return err
}

var hexadecimal = regexp.MustCompile(`^\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))`)

// escaped returns the length of the escape at the head of s and how RE2 writes it.
func escaped(s string) (int, string, error) {
	c, n := utf8.DecodeRuneInString(s[1:])
	switch {
	case c >= '1' && c <= '9':
		return 0, "", errors.New("a back-reference, which RE2 lacks: repeat what the group has")
	case c == 'n':
		return 0, "", errors.New("it looks for a line break: a message is one line here")
	case strings.ContainsRune("dDsSwWbBtrvfa", c):
		return 2, s[:2], nil
	case c == 'x' || c == 'u' || c == 'U':
		if m := hexadecimal.FindStringSubmatch(s); m != nil {
			return len(m[0]), `\x{` + m[1] + m[2] + m[3] + "}", nil
		}
	case c >= utf8.RuneSelf || c == '_' || c == ' ' || c == '\t':
		return 1 + n, s[1 : 1+n], nil
	case c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z':
		return 2, s[:2], nil
	}
	return 0, "", fmt.Errorf("the escape %s is not known", quote(s[:1+n]))
}

// class reads [ ].
func (t *tokenizer) class() error {
	var b strings.Builder
	b.WriteByte('[')
	i := 1
	if strings.HasPrefix(t.rest[i:], "^") {
		b.WriteByte('^')
		i++
	}
	for first := true; ; first = false {
		if i >= len(t.rest) {
			return errors.New("a [ is never closed")
		}
		switch c := t.rest[i]; {
		case c == ']' && !first:
			b.WriteByte(']')
			t.take(i+1, atom, b.String())
			return nil
		case c == prefixMark[0]:
			return errors.New("__prefix_line stands inside [ ]")
		case c == '\\' && i+1 < len(t.rest):
			n, text, err := escaped(t.rest[i:])
			if err != nil {
				return err
			}
			b.WriteString(text)
			i += n
		case c == '[' || c == '{' || c == ']': // [: is a class of its own in RE2, {IP_NUMBER} in rules
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteByte(c)
			i++
		}
	}
}

// counted is a repetition by numbers; {,9} is none in RE2.
var counted = regexp.MustCompile(`^\{(\d*)(,?)(\d*)\}`)

// repetition reads * + ? and {n,m}, with what makes them lazy.
func (t *tokenizer) repetition() error {
	n, text := 1, t.rest[:1]
	if t.rest[0] == '{' {
		m := counted.FindStringSubmatch(t.rest)
		if m == nil || m[1]+m[3] == "" {
			t.take(1, atom, `\{`)
			return nil
		}
		n, text = len(m[0]), m[0]
		if m[1] == "" {
			text = "{0," + m[3] + "}"
		}
	}
	if len(t.out) == 0 {
		return fmt.Errorf("%s repeats nothing", text)
	}
	switch t.out[len(t.out)-1].kind {
	case atom, closing, host, contentEnd:
	case prefix:
		return errors.New("__prefix_line is repeated, or may be missing")
	default:
		return fmt.Errorf("%s repeats nothing that RE2 could repeat", text)
	}
	switch rest := t.rest[n:]; {
	case strings.HasPrefix(rest, "?"):
		n++
		text += "?"
	case strings.HasPrefix(rest, "+"):
		return fmt.Errorf("%s+ is possessive, which RE2 lacks: leave the second + out", text)
	}
	t.take(n, repeat, text)
	return nil
}

// render writes tokens as a pattern.
func render(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}
