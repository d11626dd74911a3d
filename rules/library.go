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
	slices.Sort(names)
	return names
}

// LibraryText returns the shipped rules of that name as they would stand in a
// file, and whether there are any.
func LibraryText(name string) (string, bool) {
	text, err := library.ReadFile("library/" + name + ".conf")
	return string(text), err == nil
}

// bundles are the names in a use directive that stand for many shipped rules.
var bundles = []string{"all", "all-aggressive"}

// bundle returns the names of the shipped rules that one of bundles stands for,
// sorted, so that NAME-aggressive is tried behind NAME. All leaves out what only the
// strict call an attack, and what believes a header that any client can write. Rules
// that accept are asked for by name, and so are those for who comes from fail2ban:
// others call the lines they take harmless.
func bundle(name string) []string {
	return slices.DeleteFunc(Library(), func(n string) bool {
		strict := strings.HasSuffix(n, "-aggressive") || strings.HasSuffix(n, "-forwarded")
		return byName(n) || strict && name == "all"
	})
}

// byName tells whether shipped rules are in no bundle.
func byName(name string) bool {
	return strings.HasSuffix(name, "-accept") || strings.Contains(name, "-fail2ban")
}

// parseShipped reads shipped rules, side by side, by their names; those that are not
// shipped are left out.
func parseShipped(names []string) map[string]*parser {
	shipped := map[string]*parser{}
	var reading sync.WaitGroup
	for _, name := range names {
		text, ok := LibraryText(name)
		if !ok || shipped[name] != nil {
			continue
		}
		p := newParser("library/"+name+".conf", text)
		shipped[name] = p
		reading.Go(p.parse)
	}
	reading.Wait()
	return shipped
}

// defaults is what a fresh installation looks for: daemons that many hosts have and
// that face the world. A rule among them is right about nearly everybody, and no
// address in its lines can be forged.
const defaults = `
use sshd dropbear
use dovecot postfix exim
use apache nginx
use proftpd vsftpd pure-ftpd
`

// Default returns the set that is used when there is no rules file: the shipped
// rules for the commonest daemons (OpenSSH, mail, web and FTP), with the verdicts
// they ship with. It is the same set each time.
func Default() *Set { return defaultSet() }

var defaultSet = sync.OnceValue(func() *Set {
	s, faults := Parse("built-in defaults", []byte(defaults))
	if s == nil {
		panic(fmt.Sprintf("rules: shipped rules are faulty: %v", faults))
	}
	return s
})
