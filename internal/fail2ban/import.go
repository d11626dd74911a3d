package fail2ban

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"syslog-blacklist/rules"
)

// Rules is what a configuration of fail2ban means here.
type Rules struct {
	// Text is a rules file without faults.
	Text string
	// Problems is what could not be taken over, in the order in which it was met. The text names them too.
	Problems []Problem
	// Jails are those that are enabled and have a filter, in the configuration's order.
	Jails []Jail
}

// Jail is what became of one.
type Jail struct {
	Name string
	// Filter is the filter's name with what the jail gives it, as fail2ban-regex takes it: sshd[mode=normal].
	Filter string
	// Uses are the shipped rules that do the work, none where it is not theirs.
	Uses []string
	// Tag is the program's name that is put before the lines of its log. It is empty where
	// syslog writes them all.
	Tag string
}

// importer collects what the jails say.
type importer struct {
	dir      string
	cfg      *config
	problems []Problem
	seen     map[Problem]bool

	never    []string
	uses     []*use            // in the order in which they were first asked for
	omitted  map[omission]bool // what is said beside them
	recidive string
	entries  strings.Builder
	tags     map[string]string   // the program's name of each log that syslog doesn't write
	logs     []string            // these logs, in order
	readers  map[string][]string // the shipped rules that read each
	written  map[string]string   // the entry that has certain patterns already
}

// use is a directive for one name. Its jail has the verdict; without one it is the rules' own.
type use struct {
	name string
	jail *jail
	// omitted is what a filter recognises and these rules leave out.
	omitted []Problem
}

// Import reads the configuration in dir, which is usually /etc/fail2ban. An error says
// that there is none.
func Import(dir string) (*Rules, error) {
	im := &importer{dir: dir, cfg: newConfig(), seen: map[Problem]bool{}, tags: map[string]string{}, readers: map[string][]string{}, omitted: map[omission]bool{}, written: map[string]string{}}
	if !im.cfg.load(filepath.Join(dir, "jail"), true) {
		return nil, fmt.Errorf("read %s: no jail.conf and no jail.local: name the directory of fail2ban's configuration", dir)
	}
	im.add(im.cfg.problems...)
	im.defaults()
	var jails []*jail
	for _, name := range im.cfg.order {
		if name == defaultSection {
			continue
		}
		if j := im.readJail(name); j != nil {
			jails = append(jails, j)
			im.spare(j)
			im.beside(j)
		}
	}
	if len(jails) == 0 {
		im.report(place{dir, 0}, "no jail is enabled")
	}
	for _, j := range jails {
		im.shipped(j) // first, because these know the tags of logs that others read too
	}
	for _, j := range jails {
		im.translated(j)
	}
	text := im.text()
	for _, u := range im.uses {
		im.add(u.omitted...) // the text names them beside the directive
	}
	return &Rules{Text: text, Problems: im.problems, Jails: im.jails(jails)}, nil
}

func (im *importer) jails(jails []*jail) []Jail {
	var out []Jail
	for _, j := range jails {
		one := Jail{Name: j.name, Filter: j.filterText, Uses: j.shipped.all()}
		if files := j.files(); len(files) > 0 {
			one.Tag = im.tags[files[0]]
		}
		out = append(out, one)
	}
	return out
}

// defaults are options that fail2ban sets itself.
func (im *importer) defaults() {
	d := im.cfg.sections[defaultSection]
	if d == nil {
		d = section{}
		im.cfg.sections[defaultSection] = d
	}
	d["fail2ban_confpath"] = value{{text: im.dir}}
	d["fail2ban_version"] = value{{text: ""}}
}

// add notes problems once each.
func (im *importer) add(problems ...Problem) {
	for _, p := range problems {
		if !im.seen[p] {
			im.seen[p] = true
			im.problems = append(im.problems, p)
		}
	}
}

func (im *importer) report(at place, format string, args ...any) {
	im.add(Problem{at.file, at.line, fmt.Sprintf(format, args...)})
}

// shipped takes over what shipped rules do.
func (im *importer) shipped(j *jail) {
	if j.filter == "recidive" {
		im.recidive = j.verdict.counted()
		return
	}
	j.shipped = shippedFor(j.filter, j.mode())
	if len(j.shipped.names) > 0 {
		j.shipped.names = append(slices.Clone(j.shipped.names), supplement(j.filter, im.readFilter(j, false))...)
	}
	for _, name := range j.shipped.all() {
		im.use(j, name)
	}
	im.omit(j)
	im.options(j)
	if len(j.shipped.all()) > 0 {
		im.fetch(j, j.shipped.tag)
	}
}

// options reports what a jail gives a filter that shipped rules do the work of.
func (im *importer) options(j *jail) {
	for _, name := range slices.Sorted(maps.Keys(j.filterOptions)) {
		if len(j.shipped.all()) > 0 && name != "mode" && name != "logtype" {
			im.report(j.at, "[%s]: %s=%s is not heeded by the rules %s", j.name, name, quote(j.filterOptions[name].String()), j.shipped.all()[0])
		}
	}
}

// translated takes over what they don't: filters that we have no rules for, and what
// the administrator has added to those of fail2ban's.
func (im *importer) translated(j *jail) {
	if j.filter == "recidive" {
		return
	}
	f := im.readFilter(j, true)
	added := len(j.shipped.all()) > 0
	switch {
	case added && (f == nil || !f.own):
		return
	case f == nil:
		im.report(j.at, "[%s]: there is no filter %s", j.name, quote(j.filter))
		return
	case added:
		f = f.without(im.readFilter(j, false))
	case strings.TrimSpace(f.failregex.String()) == "":
		im.add(f.problems...)
		im.report(j.at, "[%s]: there is no failregex that can be read, neither in its filter nor here", j.name)
		return
	case j.letsIn:
		im.report(j.at, "[%s]: its action lets in instead of blocking: it is left out", j.name)
		return
	case j.asks:
		im.report(j.at, "[%s]: it is left out, because it would block whom its ignorecommand spares", j.name)
		return
	}
	im.add(f.problems...)
	im.fetch(j, j.tag())
	im.entry(j, f)
}

// without leaves what the administrator has added to a filter of fail2ban's.
func (f *filter) without(original *filter) *filter {
	if original == nil {
		return f
	}
	added := *f
	added.failregex = slices.DeleteFunc(slices.Clone(f.failregex), original.failregex.has)
	added.ignoreregex = slices.DeleteFunc(slices.Clone(f.ignoreregex), original.ignoreregex.has)
	return &added
}

// has tells whether one of the lines says the same.
func (v value) has(l line) bool {
	return slices.ContainsFunc(v, func(m line) bool { return m.text == l.text })
}

// use puts shipped rules in force for a jail. They have one verdict: that of the first
// jail that asks for all they do.
func (im *importer) use(j *jail, name string) {
	i := slices.IndexFunc(im.uses, func(u *use) bool { return u.name == name })
	if i < 0 {
		i = len(im.uses)
		im.uses = append(im.uses, &use{name: name})
	}
	u := im.uses[i]
	switch {
	case slices.Contains(j.shipped.more, name):
		im.report(j.at, "[%s]: the rules %s do more than its filter: its verdict, %s, is not taken over", j.name, name, j.verdict)
	case u.jail == nil:
		u.jail = j
	case u.jail.verdict != j.verdict:
		im.report(j.at, "[%s]: the rules %s are in use for [%s] with %s: it can't be %s too", j.name, name, u.jail.name, u.jail.verdict, j.verdict)
	}
}

// fetch notes the logs of a jail that must be fetched. A log has one tag: the first that
// somebody wants, or a later one that all the shipped rules that read the log take.
func (im *importer) fetch(j *jail, tag string) {
	for _, path := range j.files() {
		have, ok := im.tags[path]
		if !ok {
			im.tags[path] = tag
			im.logs = append(im.logs, path)
		}
		if len(j.shipped.all()) == 0 {
			continue
		}
		reader := j.shipped.all()[0]
		refuses := func(by string) bool { return !takesTag(by, tag) }
		switch {
		case !ok || takesTag(reader, have):
		case !slices.ContainsFunc(im.readers[path], refuses):
			im.tags[path] = tag
		default:
			im.report(j.at, "[%s]: %s is fetched with the tag %s already: the rules %s want %s, which needs a copy of the log",
				j.name, path, have, reader, tag)
		}
		im.readers[path] = append(im.readers[path], reader)
	}
}

// urlPath writes a path in a URL; ? is the query's there, and * will do.
var urlPath = strings.NewReplacer("%", "%25", "#", "%23", " ", "%20", "?", "*", ",", "%2C")

// fault returns what is wrong with a rules file.
func fault(text string) error {
	set, faults := rules.Parse("", []byte(text+"\n"))
	if set != nil {
		return nil
	}
	for _, f := range faults {
		if f.Severity == rules.Error {
			return errors.New(f.Message)
		}
	}
	return errors.New("it can't be compiled")
}
