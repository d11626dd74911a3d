package fail2ban

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
)

// filter is what recognises an attack.
type filter struct {
	failregex, ignoreregex value
	prefregex              value // nil where there is none
	daemon                 string
	own                    bool // the administrator's files have a part in it
	problems               []Problem
}

// readFilter reads filter.d/NAME with the options that a jail gives it. With local the
// administrator's NAME.local is heeded, and what the jail sets itself. It returns nil when there is no such filter.
func (im *importer) readFilter(j *jail, local bool) *filter {
	c := newConfig()
	base := filepath.Join(im.dir, "filter.d", strings.TrimSuffix(j.filter, ".conf"))
	if j.filter != "" && !c.load(base, local) { // without one the jail has all that there is
		return nil
	}
	r := &filterReader{config: c, given: maps.Clone(j.filterOptions)}
	if _, ok := c.sections["Definition"]["logtype"]; !ok && r.given["logtype"] == nil {
		r.given["logtype"] = value{{text: j.logtype()}}
	}
	f := &filter{problems: c.problems}
	for _, path := range c.files {
		f.own = f.own || strings.HasSuffix(path, ".local")
	}
	get := func(name string) value {
		v, at, err := r.option(name)
		if local {
			if set, ok := im.cfg.sections[j.name][name]; ok {
				f.own = true
				at = set[0].at
				v, err = im.jailRegex(j, name, v)
			}
		}
		if err != nil {
			f.problems = append(f.problems, Problem{at.file, at.line, err.Error()})
		}
		return v
	}
	f.failregex, f.ignoreregex, f.prefregex = get("failregex"), get("ignoreregex"), get("prefregex")
	f.problems = append(f.problems, withinLine(get("datepattern"))...)
	f.daemon = r.daemon(f)
	return f
}

// jailRegex is an expression that the jail sets in the filter's place;
// %(known/failregex)s in it is the filter's.
func (im *importer) jailRegex(j *jail, name string, filters value) (value, error) {
	known := value{{}}
	if filters != nil {
		known = nil
	}
	for _, l := range filters {
		known = append(known, line{strings.ReplaceAll(l.text, "%", "%%"), l.at})
	}
	v, _, err := im.cfg.get(j.name, name, section{"known/" + name: known})
	return v, err
}

// filterReader reads the options of one filter.
type filterReader struct {
	config *config
	given  section // by the jail, in brackets behind the filter's name
}

// option returns an option of the filter with all references replaced, nil when it is not set.
func (r *filterReader) option(name string) (value, place, error) {
	v, ok, err := r.config.get("Definition", name, r.given)
	if !ok {
		return nil, place{}, nil
	}
	at := place{}
	if raw, ok := r.config.inSection("Definition", r.given)(name); ok {
		at = raw[0].at
	}
	if err != nil {
		return nil, at, err
	}
	v, err = replaceTags(v, r.tag)
	if err != nil {
		return nil, at, fmt.Errorf("%s: %w", name, err)
	}
	return v, at, nil
}

// tag is what <name> stands for.
func (r *filterReader) tag(name string) (value, bool) {
	name = strings.ToLower(name)
	if v, ok := r.given[name]; ok {
		return v, true
	}
	for _, sec := range []string{"Init", "Definition"} {
		if sec == "Init" && r.config.sections[sec][name] == nil {
			continue
		}
		if v, ok, err := r.config.get(sec, name, r.given); ok && err == nil {
			return v, true
		}
	}
	return nil, false
}

// anyName are the ways to say that the program may have any name.
var anyName = regexp.MustCompile(`^\(?\\S[*+]\)?$`)

// daemon returns the name of the program in __prefix_line as a pattern, empty for any.
func (r *filterReader) daemon(f *filter) string {
	v, at, err := r.option("_daemon")
	if v == nil || err != nil || anyName.MatchString(v.String()) {
		return ""
	}
	tokens, err := tokenize(v.String())
	if err != nil {
		f.problems = append(f.problems, Problem{at.file, at.line, fmt.Sprintf("_daemon: %v; any program's name will do", err)})
		return ""
	}
	if text := render(tokens); len(alternatives(tokens)) == 1 {
		return text
	} else {
		return "(?:" + text + ")"
	}
}
