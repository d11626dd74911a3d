package rules

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
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

// inAll tells whether "use all" means the rules of that name too. Accepting, and
// believing an address that can be forged, are asked for by name.
func inAll(name string) bool {
	return !strings.HasSuffix(name, "-accept") && !spoofable(name)
}

// spoofable tells whether the addresses in the lines that the shipped rules of
// that name match are proved by no handshake.
func spoofable(name string) bool {
	text, _ := LibraryText(name)
	return strings.Contains("\n"+text, "\n# spoofable\n")
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
