package fail2ban

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	maxNested = 10      // of %(option)s, as in Python
	maxSteps  = 300     // substitutions in one value
	maxValue  = 1 << 16 // bytes of a value
)

// prefixMark stands for __prefix_line of common.conf, which describes what our lines
// don't have: time, host and the other signs that stand before a message.
const prefixMark = "\x00"

// lookup finds the raw value of an option.
type lookup func(name string) (value, bool)

// inSection looks an option up as a section sees it: vars first, then the section,
// then the defaults. The name SECTION/OPTION asks another section.
func (c *config) inSection(sec string, vars section) lookup {
	return func(name string) (value, bool) {
		name = strings.ToLower(name)
		v, ok := c.raw(sec, name, vars)
		if ok && strings.HasSuffix(name, "__prefix_line") && filepath.Base(v[0].at.file) == "common.conf" {
			v = value{{text: prefixMark}}
		}
		return v, ok
	}
}

func (c *config) raw(sec, name string, vars section) (value, bool) {
	if name == "__name__" {
		return value{{text: sec}}, true
	}
	if v, ok := vars[name]; ok {
		return v, true
	}
	if other, opt, ok := strings.Cut(name, "/"); ok {
		if other == "known" {
			if v, ok := c.known[sec][opt]; ok {
				return v, true
			}
			v, ok := c.sections[defaultSection][opt]
			return v, ok
		}
		for s := range c.sections {
			if strings.EqualFold(s, other) {
				return c.own(s, opt)
			}
		}
		return nil, false
	}
	return c.own(sec, name)
}

// own is an option of a section or of the defaults.
func (c *config) own(sec, name string) (value, bool) {
	if v, ok := c.sections[sec][name]; ok {
		return v, true
	}
	v, ok := c.sections[defaultSection][name]
	return v, ok
}

// get returns an option with its references replaced, false when nobody sets it.
func (c *config) get(sec, name string, vars section) (value, bool, error) {
	find := c.inSection(sec, vars)
	v, ok := find(name)
	if !ok {
		return nil, false, nil
	}
	e := expander{find: find}
	out, err := e.expand(v, 0)
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", name, err)
	}
	return out, true, nil
}

// expander counts what the replacing costs: a few short options can be made to
// grow without end.
type expander struct {
	find  lookup
	steps int
	bytes int
}

var reference = regexp.MustCompile(`^%\(([^)]+)\)s`)

// expand replaces %(option)s and %%. A line that is nothing but a reference comes
// from where the option stands.
func (e *expander) expand(v value, depth int) (value, error) {
	if depth > maxNested {
		return nil, fmt.Errorf("references are nested more than %d deep", maxNested)
	}
	var out value
	for _, l := range v {
		part := line{at: l.at}
		for rest := l.text; rest != ""; {
			i := strings.IndexByte(rest, '%')
			if i < 0 {
				part.text += rest
				break
			}
			part.text += rest[:i]
			rest = rest[i:]
			if strings.HasPrefix(rest, "%%") {
				part.text += "%"
				rest = rest[2:]
				continue
			}
			m := reference.FindStringSubmatch(rest)
			if m == nil {
				return nil, fmt.Errorf("a lone %% in %s: %%%% is one", quote(l.text))
			}
			rest = rest[len(m[0]):]
			found, ok := e.find(m[1])
			if !ok {
				return nil, fmt.Errorf("%s is set nowhere", quote(m[0]))
			}
			if e.steps++; e.steps > maxSteps {
				return nil, errors.New("too many references")
			}
			sub, err := e.expand(found, depth+1)
			if err != nil {
				return nil, err
			}
			if e.bytes += len(sub.String()); e.bytes > maxValue {
				return nil, errors.New("the references make it too long")
			}
			out, part = join(out, part, sub)
		}
		out = append(out, part)
	}
	return out, nil
}

// join appends sub to the unfinished line part. All lines but the last are finished.
func join(out value, part line, sub value) (value, line) {
	for i, s := range sub {
		if i > 0 {
			out = append(out, part)
			part = line{at: s.at}
		}
		if strings.Trim(part.text, blanks) == "" && s.at.file != "" {
			part.at = s.at
		}
		part.text += s.text
	}
	return out, part
}

var tagName = regexp.MustCompile(`<([^ <>]+)>`)

// replaceTags replaces each <option> that find knows, the innermost first, until
// none is left. What it doesn't know stays: <HOST> is none.
func replaceTags(v value, find lookup) (value, error) {
	for steps := 0; ; steps++ {
		i, m, sub := firstTag(v, find)
		if m == nil {
			return v, nil
		}
		if steps > maxSteps {
			return nil, errors.New("too many references in < >")
		}
		l := v[i]
		out, part := join(append(value{}, v[:i]...), line{l.text[:m[0]], l.at}, sub)
		part.text += l.text[m[1]:]
		v = append(append(out, part), v[i+1:]...)
		if len(v.String()) > maxValue {
			return nil, errors.New("the references in < > make it too long")
		}
	}
}

// firstTag finds the first reference that can be replaced: its line, its place there and its value.
func firstTag(v value, find lookup) (int, []int, value) {
	for i, l := range v {
		for _, m := range tagName.FindAllStringSubmatchIndex(l.text, -1) {
			if sub, ok := find(l.text[m[2]:m[3]]); ok {
				return i, m, sub
			}
		}
	}
	return 0, nil, nil
}
