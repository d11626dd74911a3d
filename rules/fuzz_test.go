package rules_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/rules"
)

// FuzzParse: any text gives a Set, or an error with its place, and never a panic.
func FuzzParse(f *testing.F) {
	for _, dir := range []string{"testdata/bad", "testdata/good", "library"} {
		files, _ := filepath.Glob(dir + "/*.conf")
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Add([]byte("[\n^000\n[00\x00\x00_NUMBER}")) // a name in a message
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4096 {
			return // it's the grammar that is tried, not regexp.Compile's patience
		}
		set, faults := rules.Parse("fuzz.conf", text)
		lines := strings.Split(string(text), "\n")
		failed := false
		for _, x := range faults {
			failed = failed || x.Severity == rules.Error
			if x.File != "fuzz.conf" || x.Line < 1 || x.Line > len(lines) ||
				x.Column < 1 || x.Column > len(lines[x.Line-1])+1 {
				t.Errorf("%s is outside the file", x.Error())
			}
			if s := x.Format(); strings.Count(s, "\n") != 2 || strings.ContainsAny(s, "\x00\x1b\r\a") {
				t.Errorf("%q steers a terminal", s)
			}
		}
		if failed == (set != nil) {
			t.Errorf("a set: %t, an error: %t", set != nil, failed)
		}
	})
}

// FuzzMatch: a Set takes what the standard library takes with the same patterns.
func FuzzMatch(f *testing.F) {
	for _, name := range rules.Library() {
		for _, s := range samples(f, name) {
			f.Add("", s.line)
		}
	}
	f.Add(`^x: .*{IP_NUMBER}.*$`, "x: a 192.0.2.1 b")
	f.Add(`^(?P<a>x)(y|z)?: {IP_NUMBER}(?P<b>.*)$`, "xz: 192.0.2.1 b")
	f.Add(`(?i)^x: (?:\S+|by ){IP_NUMBER}\W*`, "X: a.192.0.2.1: 2001:db8::1")
	shipped := map[*rules.Pattern]*regexp.Regexp{} // compiled once
	for _, e := range rules.Default().Entries() {
		for _, p := range e.Patterns {
			shipped[p] = regexp.MustCompile(p.Expr())
		}
	}
	f.Fuzz(func(t *testing.T, pattern, line string) {
		set := rules.Default()
		if pattern != "" {
			if len(pattern) > 200 || strings.Contains(pattern, "\n") {
				return
			}
			if set, _ = rules.Parse("fuzz.conf", []byte("[e]\n1h\n"+pattern)); set == nil {
				return
			}
		}
		got, ok := match(set, line)
		for _, e := range set.Entries() {
			if len(e.Exclusions) > 0 {
				continue
			}
			for _, p := range e.Patterns {
				re := shipped[p]
				if re == nil {
					re = regexp.MustCompile(p.Expr())
				}
				loc := re.FindStringSubmatchIndex(line)
				if loc == nil {
					continue
				}
				if !ok || got.Entry.Number > e.Number {
					t.Fatalf("%s on %q: no hit, or a later one", p.Expr(), line)
				}
				if got.Pattern != p {
					return
				}
				var want netip.Addr // not valid: the session must know it
				if i := re.SubexpIndex("IP_NUMBER"); i >= 0 {
					want = netip.MustParseAddr(line[loc[2*i]:loc[2*i+1]]).Unmap()
				}
				if got.Addr != want {
					t.Fatalf("%s on %q: %s, want %s", p.Expr(), line, got.Addr, want)
				}
				if diff := cmp.Diff(named(re, line, loc), reported(got)); diff != "" {
					t.Fatalf("%s on %q (-want +got):\n%s", p.Expr(), line, diff)
				}
				return
			}
		}
		if ok && len(got.Entry.Exclusions) == 0 {
			t.Fatalf("%q hits [%s], and no pattern matches", line, got.Entry.Name)
		}
	})
}

// named returns the values of the named groups that took part but for the address.
func named(re *regexp.Regexp, line string, loc []int) map[string]string {
	values := map[string]string{}
	for i, name := range re.SubexpNames() {
		if name != "" && name != "IP_NUMBER" && loc[2*i] >= 0 {
			values[name] = line[loc[2*i]:loc[2*i+1]]
		}
	}
	return values
}

// reported returns the same of a hit.
func reported(h rules.Hit) map[string]string {
	values := map[string]string{}
	if h.Session != nil {
		values["session"] = string(h.Session)
	}
	for _, d := range h.Details {
		values[d.Name] = string(d.Value)
	}
	return values
}
