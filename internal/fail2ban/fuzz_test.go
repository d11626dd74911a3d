package fail2ban

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzTranslate: whatever a filter holds, the rules file that comes of it loads.
func FuzzTranslate(f *testing.F) {
	for _, name := range []string{"orders.conf", "portal.conf", "careful.conf"} {
		text, err := os.ReadFile(filepath.Join("testdata", "house", "filter.d", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("[x]\nenabled=1\nfilter=x\nlogpath=/var/log/x\n", string(text))
	}
	f.Add("[x]\nenabled=1\nfilter=x\nbantime=1d\nignoreip=192.0.2.1,x\naction=mail\nfailregex=^a <HOST>\n", "[Definition]\nignoreregex=# b\n!c\n")
	f.Add("[x]\nenabled=1\nfilter=x[a=\"1\"]\n", "[Definition]\nfailregex=steering: <HOST>\n <a>(?i)x|<HOST> \n [{<HOST>]\n")
	f.Fuzz(func(t *testing.T, jail, filter string) {
		dir := tree(t, map[string]string{"jail.conf": jail, "filter.d/x.conf": filter})
		r, err := Import(dir)
		if err != nil {
			t.Fatal(err)
		}
		loads(t, r.Text)
		for _, p := range r.Problems {
			if s := p.String(); strings.ContainsAny(s, "\n\x1b") {
				t.Errorf("a problem of several lines: %q", s)
			}
		}
	})
}

// FuzzReadFile: a value holds nothing that isn't in the file, and is where it says.
func FuzzReadFile(f *testing.F) {
	f.Add("[a]\nb = c ; d\n  e\n\n f\n[DEFAULT]\ng: h\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(newlines.Replace(text), "\n")
		for _, s := range parseINI("f", text).sections {
			for opt, v := range s {
				if opt == "" || len(v) == 0 {
					t.Errorf("option %q has %d lines", opt, len(v))
				}
				for _, l := range v {
					if !utf8.ValidString(l.text) || !strings.Contains(lines[l.at.line-1], l.text) {
						t.Errorf("%q does not stand in line %d", l.text, l.at.line)
					}
				}
			}
		}
	})
}
