package rules

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed library/*.conf
var library embed.FS

// Library returns the names of the shipped rules, sorted.
func Library() []string {
	files, err := fs.Glob(library, "library/*.conf")
	if err != nil {
		panic("rules: " + err.Error())
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(path.Base(f), ".conf")
	}
	return names
}

// LibraryText returns the shipped rules of that name as they would stand in a
// file, and whether there are any.
func LibraryText(name string) (string, bool) {
	text, err := library.ReadFile("library/" + name + ".conf")
	return string(text), err == nil
}

// inAll tells whether "use all" means the rules with this name and text too.
// Accepting, and believing an address that can be forged, are asked for by name.
func inAll(name, text string) bool {
	return !strings.HasSuffix(name, "-accept") && !strings.Contains(text, "\n# spoofable\n")
}

const defaults = "use all\n"

// Default returns the set that is used when there is no rules file: all shipped
// rules with the verdicts they ship with. It is the same set each time.
func Default() *Set { return defaultSet() }

var defaultSet = sync.OnceValue(func() *Set {
	s, faults := Parse("built-in defaults", []byte(defaults))
	if s == nil {
		panic(fmt.Sprintf("rules: shipped rules are faulty: %v", faults))
	}
	return s
})

// used returns the entries that the files' use directives ask for, in that order.
// Rules that are named keep their place and verdict whatever "all" says.
func (l *loader) used() []*Entry {
	named := map[string]bool{}
	for _, p := range l.files {
		for _, u := range p.uses {
			for _, n := range u.names {
				named[n.text] = true
			}
		}
	}
	var entries []*Entry
	seen := map[string]bool{}
	for _, p := range slices.Clone(l.files) {
		for _, u := range p.uses {
			for _, n := range u.names {
				if n.text == "all" {
					for _, name := range Library() {
						if text, _ := LibraryText(name); !named[name] && inAll(name, text) {
							entries = append(entries, l.shipped(name, u.verdict, n.pos)...)
						}
					}
					continue
				}
				if _, ok := LibraryText(n.text); !ok {
					l.unknownRules(n)
					continue
				}
				if seen[n.text] {
					l.report(Warning, n.pos, "%s is used twice: the first use counts", n.text)
					continue
				}
				seen[n.text] = true
				entries = append(entries, l.shipped(n.text, u.verdict, n.pos)...)
			}
		}
	}
	return entries
}

func (l *loader) unknownRules(n operand) {
	if near := nearest(n.text, Library()); near != "" {
		l.report(Error, n.pos, "no shipped rules are called %s: did you mean %s?", quote(n.text), near)
		return
	}
	l.report(Error, n.pos, "no shipped rules are called %s: there are %s", quote(n.text), strings.Join(Library(), ", "))
}

// shipped parses the shipped rules of that name and gives its block entries verdict, if any.
func (l *loader) shipped(name string, verdict *Verdict, at Pos) []*Entry {
	text, _ := LibraryText(name)
	p := parse("library/"+name+".conf", []byte(text))
	for _, f := range p.faults {
		if f.Severity == Error {
			panic("rules: shipped rules are faulty: " + f.Error())
		}
	}
	for _, e := range p.entries {
		if verdict == nil || e.Verdicts[0].Kind != Block {
			continue
		}
		e.Verdicts = []Verdict{*verdict}
	}
	return p.entries
}
