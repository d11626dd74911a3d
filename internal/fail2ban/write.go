package fail2ban

import (
	"fmt"
	"slices"
	"strings"
)

// text writes the rules file.
func (im *importer) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What %s says, as rules of syslog-blacklist.\n", printable(im.dir))
	b.WriteString(`# An address is blocked on all ports. Not taken over: ports and protocols, actions other
# than blocking, date patterns and encodings, host names in the place of addresses.
# A filter that has the name of one of fail2ban's is taken for it; additions in .local are translated.
# Where somebody can choose the address that fail2ban takes from a line, shipped rules take the
# true one, or none.
`)
	if len(im.logs) > 0 {
		b.WriteString("#\n# These logs don't come through syslog. Fetch them, in syslog-blacklist.yaml:\n#     listen:\n")
		for _, path := range im.logs {
			fmt.Fprintf(&b, "#       - %s\n", printable("file://"+urlPath.Replace(path)+"?tag="+im.tags[path]))
		}
		b.WriteString("# A file whose lines begin with time, host and program's name, as syslog's do, needs no ?tag=.\n")
	}
	if len(im.problems) > 0 {
		b.WriteString("#\n# Not taken over, or not as it stood:\n")
		for _, p := range im.problems {
			fmt.Fprintf(&b, "#     %s\n", p)
		}
	}
	b.WriteByte('\n')
	for _, n := range im.never {
		fmt.Fprintf(&b, "never %s\n", n)
	}
	for _, u := range im.uses {
		for _, p := range u.omitted {
			fmt.Fprintf(&b, "# %s\n", printable(p.Message))
		}
		fmt.Fprintf(&b, "use %s\n", u)
	}
	if im.recidive != "" {
		fmt.Fprintf(&b, "recidive %s\n", im.recidive)
	}
	return b.String() + im.entries.String()
}

// String is the directive behind its first word. Addresses that may be forged are
// blocked for a short time only.
func (u *use) String() string {
	if u.jail == nil {
		return u.name
	}
	v := u.jail.verdict
	if spoofable(u.name) {
		v.ban, v.most = min(v.ban, spoofedFor), 0
	}
	return u.name + ": " + v.String()
}

// entry translates a filter, or the administrator's additions to one that shipped rules
// do the work of.
func (im *importer) entry(j *jail, f *filter) {
	var pref []token
	if f.prefregex != nil && f.prefregex.String() != "" {
		var err error
		if pref, err = readPrefregex(f.prefregex.String()); err != nil {
			im.report(f.prefregex[0].at, "[%s]: prefregex: %v: the filter is not translated", j.name, err)
			return
		}
	}
	before := len(im.problems)
	spared := im.translate(j, f, f.ignoreregex, nil, "[x]\nignore\n")
	if len(im.problems) > before {
		im.report(j.at, "[%s]: its filter is not translated, because not all of its ignoreregex is: it would block whom that spares", j.name)
		return
	}
	im.write(j, im.translate(j, f, f.failregex, pref, "[x]\n1h\n"), spared)
}

// write writes an entry for a jail's own patterns, or for those that it adds to shipped
// rules. These can't be told whom to spare: an entry of its own ends the trial of such lines.
func (im *importer) write(j *jail, hits, spared []string) {
	name, added := entryName.Replace(j.name), len(j.shipped.all()) > 0
	key := strings.Join(hits, "\n") + "\n!" + strings.Join(spared, "\n")
	if before, ok := im.written[key]; ok && key != "\n!" {
		im.report(j.at, "[%s]: its patterns stand in [%s] already, with the verdict there", j.name, before)
		return
	}
	im.written[key] = name
	if added && len(spared) > 0 {
		fmt.Fprintf(&im.entries, "\n[%s spared]\nignore\n%s\n", name, strings.Join(spared, "\n"))
		spared = nil
	}
	if len(hits) == 0 {
		return
	}
	if added {
		name += " added"
	}
	fmt.Fprintf(&im.entries, "\n[%s]\n%s\n%s\n", name, j.verdict, strings.Join(hits, "\n"))
	for _, s := range spared {
		fmt.Fprintf(&im.entries, "! %s\n", s)
	}
}

// entryName makes a jail's name fit for an entry.
var entryName = strings.NewReplacer("[", "(", "]", ")")

// translate writes expressions as patterns, and reports those it can't. Each is tried
// behind above, the head of an entry.
func (im *importer) translate(j *jail, f *filter, exprs value, pref []token, above string) []string {
	var out []string
	for _, l := range exprs {
		if l.text == "" {
			continue
		}
		for _, src := range im.sources(j, f.daemon) {
			texts, err := patterns(l.text, pref, src)
			for _, t := range texts {
				if slices.Contains(out, t) {
					continue
				}
				if e := fault(above + t); e != nil {
					err = e
					continue
				}
				out = append(out, t)
			}
			if err != nil {
				im.report(l.at, "[%s]: %v: %s", j.name, err, quote(strings.ReplaceAll(l.text, prefixMark, "%(__prefix_line)s")))
			}
		}
	}
	return out
}
