package fail2ban

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// addressGroups are the groups that fail2ban takes the address from.
var addressGroups = map[string]bool{"host": true, "ip4": true, "ip6": true, "addr": true}

var (
	namedGroup = regexp.MustCompile(`^\(\?P<(\w+)>`)
	flagGroup  = regexp.MustCompile(`^\(\?([aiLmsux]*)(?:-([imsx]*))?([:)])`)
)

// lacking are the groups that Python has and RE2 lacks, with what can be written
// instead by hand.
var lacking = []struct{ opening, reason string }{
	{"(?=", "a lookahead, which RE2 lacks: write out what it looks at"},
	{"(?!", "a negative lookahead, which RE2 lacks: leave it out, and write a line with ! and what must not stand there"},
	{"(?<=", "a lookbehind, which RE2 lacks: write out what it looks at"},
	{"(?<!", "a negative lookbehind, which RE2 lacks: leave it out, and write a line with ! and what must not stand there"},
	{"(?P=", "a back-reference, which RE2 lacks: repeat what the group has"},
	{"(?(", "a condition, which RE2 lacks: write a pattern for each case"},
	{"(?>", "an atomic group, which RE2 lacks: write (?:"},
}

// group reads what ( begins.
func (t *tokenizer) group() error {
	for _, g := range lacking {
		if strings.HasPrefix(t.rest, g.opening) {
			return errors.New(g.reason)
		}
	}
	if strings.HasPrefix(t.rest, "(?#") {
		i := strings.IndexByte(t.rest, ')')
		if i < 0 {
			return errors.New("a ( is never closed")
		}
		t.rest = t.rest[i+1:]
		return nil
	}
	if m := namedGroup.FindStringSubmatch(t.rest); m != nil {
		switch {
		case addressGroups[m[1]]:
			return t.addressGroup(len(m[0]))
		case m[1] == "fid" || m[1] == "dns":
			return fmt.Errorf("it bans what the group %s takes, which need be no address", m[1])
		}
		return t.named(len(m[0]), m[1])
	}
	if m := flagGroup.FindStringSubmatch(t.rest); m != nil {
		return t.flags(m)
	}
	if strings.HasPrefix(t.rest, "(?") {
		return fmt.Errorf("the group %s is not known", quote(t.rest[:min(len(t.rest), 4)]))
	}
	t.take(1, open, "(?:") // Only names are read.
	return nil
}

// flags reads (?i) and (?i: of which RE2 has i, m and s. What Python's others ask for is so anyway.
func (t *tokenizer) flags(m []string) error {
	if strings.Contains(m[1], "x") {
		return errors.New("(?x), which RE2 lacks: write it on one line, without blanks")
	}
	keep := strings.Map(func(r rune) rune {
		if strings.ContainsRune("ims", r) {
			return r
		}
		return -1
	}, m[1])
	if off := strings.ReplaceAll(m[2], "x", ""); off != "" {
		keep += "-" + off
	}
	switch {
	case m[3] == ":":
		t.take(len(m[0]), open, "(?"+keep+":")
	case keep == "":
		t.rest = t.rest[len(m[0]):]
	default:
		t.take(len(m[0]), flags, "(?"+keep+")")
	}
	return nil
}

// named opens a group that is kept as a detail. session has a meaning in rules.
func (t *tokenizer) named(n int, name string) error {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	if name == "session" || name == "ip_number" || name[0] >= '0' && name[0] <= '9' {
		name = "f2b_" + name
	}
	if t.groups[name] {
		return fmt.Errorf("two groups are called %s", name)
	}
	t.groups[name] = true
	t.take(n, open, "(?P<"+name+">")
	return nil
}

// addressGroup takes (?P<host>…) for the address, whatever is inside.
func (t *tokenizer) addressGroup(n int) error {
	inner := &tokenizer{rest: t.rest[n:], groups: map[string]bool{}, opened: map[string]bool{}}
	for inner.depth >= 0 {
		if inner.rest == "" {
			return errors.New("a ( is never closed")
		}
		if err := inner.next(); err != nil {
			return err
		}
	}
	t.take(len(t.rest)-len(inner.rest), host, placeholder)
	return nil
}
