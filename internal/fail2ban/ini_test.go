package fail2ban

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFileIsReadAsPythonReadsIt(t *testing.T) {
	f := parseINI("f", "\ufeff[a]\r\n"+`
# a comment
 ; another
one = 1
Two: 2   ; behind a blank it is a comment
three = x;y #z
four = first
       # a comment within
       second

    third
five =
  only
[DEFAULT]
one=0
[a]
one = again
`)
	got := map[string]map[string]string{}
	for name, s := range f.sections {
		got[name] = map[string]string{}
		for opt, v := range s {
			got[name][opt] = v.String()
		}
	}
	want := map[string]map[string]string{
		"a":       {"one": "again", "two": "2", "three": "x;y #z", "four": "first\nsecond\nthird", "five": "\nonly"},
		"DEFAULT": {"one": "0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.problems) > 0 {
		t.Errorf("problems: %v", f.problems)
	}
	if at := f.sections["a"]["four"][2].at; at != (place{"f", 12}) {
		t.Errorf("third stands at %v", at)
	}
}

func TestWhatIsNoOptionIsReported(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"x = 1\n", `f:1: "x = 1" is no option of a section`},
		{"[a]\nhello\n", `f:2: "hello" is no option of a section`},
		{"[a]\n= 1\n", `f:2: "= 1" is no option of a section`},
		{"\xff", "f: this is not UTF-8: the file is not read, by fail2ban neither"},
		{"[a]\nx=\x00\n", "f: there is a NUL in this file: the file is not read, by fail2ban neither"},
	} {
		f := parseINI("f", tt.text)
		if len(f.problems) != 1 || f.problems[0].String() != tt.want {
			t.Errorf("%q: %v, want %s", tt.text, f.problems, tt.want)
		}
	}
}

// tree writes files below a new directory and returns it.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLaterFilesOverrideEarlierOnes(t *testing.T) {
	dir := tree(t, map[string]string{
		"jail.conf":     "[INCLUDES]\nbefore = a.conf\nafter = z.conf\n[x]\na=conf\nb=conf\nc=conf\nd=conf\ne=conf\n",
		"a.conf":        "[x]\na=before\nf=before\ng=before\n",
		"a.local":       "[x]\nf=beside\n",
		"z.conf":        "[x]\nb=after\n",
		"jail.d/1.conf": "[x]\nc=first\nd=first\n",
		"jail.d/2.conf": "[x]\nd=second %(known/d)s\n",
		"jail.local":    "[x]\ne=local\n",
	})
	c := newConfig()
	if !c.load(filepath.Join(dir, "jail"), true) || len(c.problems) > 0 {
		t.Fatal(c.problems)
	}
	for opt, want := range map[string]string{"a": "conf", "b": "after", "c": "first", "d": "second first", "e": "local", "f": "beside", "g": "before"} {
		if v, _, err := c.get("x", opt, nil); v.String() != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", opt, v.String(), err, want)
		}
	}
}

func TestIncludesEnd(t *testing.T) {
	dir := tree(t, map[string]string{
		"jail.conf": "[INCLUDES]\nbefore = jail.conf\n b.conf\n gone.conf\n",
		"b.conf":    "[INCLUDES]\nbefore = jail.conf\nafter = b.conf\n[x]\na=1\n",
	})
	c := newConfig()
	c.load(filepath.Join(dir, "jail"), true)
	if len(c.problems) != 1 || !strings.Contains(c.problems[0].String(), `gone.conf", which it includes, does not exist`) {
		t.Errorf("problems: %v", c.problems)
	}
	if len(c.files) > 3 {
		t.Errorf("read: %v", c.files)
	}
}

func TestWhatIsNoFileIsNotRead(t *testing.T) {
	dir := tree(t, map[string]string{"jail.conf": strings.Repeat("#", maxFile+1), "jail.d/0.conf": ""})
	if err := syscall.Mkfifo(filepath.Join(dir, "jail.local"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "jail.d", "1.conf"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := newConfig()
	c.load(filepath.Join(dir, "jail"), true)
	var got []string
	for _, p := range c.problems {
		got = append(got, strings.TrimPrefix(p.String(), dir+"/"))
	}
	want := []string{"jail.conf: larger than 1048576 bytes: it is not read", "jail.d/1.conf: not a regular file: it is not read", "jail.local: not a regular file: it is not read"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReferencesAreReplaced(t *testing.T) {
	c := newConfig()
	c.merge(parseINI("f", `
[DEFAULT]
d = default
[other]
o = other %(d)s
[x]
plain = a%%b
name = %(__name__)s
section = %(other/o)s/%(default/d)s
upper = %(PLAIN)s
lines = one
        %(two)s
two = 2a
      2b
self = %(self)s
lone = 100%
open = %(d
none = %(nowhere)s
big = %(big2)s%(big2)s%(big2)s%(big2)s%(big2)s%(big2)s%(big2)s%(big2)s
big2 = %(big3)s%(big3)s%(big3)s%(big3)s%(big3)s%(big3)s%(big3)s%(big3)s
big3 = %(big4)s%(big4)s%(big4)s%(big4)s%(big4)s%(big4)s%(big4)s%(big4)s
big4 = aaaaaaaa
`))
	for _, tt := range []struct{ opt, want, fault string }{
		{"plain", "a%b", ""},
		{"name", "x", ""},
		{"section", "other default/default", ""},
		{"upper", "a%b", ""},
		{"lines", "one\n2a\n2b", ""},
		{"self", "", "self: references are nested more than 10 deep"},
		{"lone", "", `lone: a lone % in "100%": %% is one`},
		{"open", "", `open: a lone % in "%(d": %% is one`},
		{"none", "", `none: "%(nowhere)s" is set nowhere`},
		{"big", "", "big: too many references"},
	} {
		v, _, err := c.get("x", tt.opt, nil)
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if v.String() != tt.want || fault != tt.fault {
			t.Errorf("%s: %q, %s; want %q, %s", tt.opt, v.String(), fault, tt.want, tt.fault)
		}
	}
	v, _, _ := c.get("x", "lines", nil)
	if v[1].at.line != 13 {
		t.Errorf("2a comes from line %d", v[1].at.line)
	}
}

func TestTagsAreReplacedFromWithin(t *testing.T) {
	options := map[string]string{"mode": "strict", "re-strict": "one <HOST>\ntwo <mode>", "loop": "<loop>x"}
	find := func(name string) (value, bool) {
		text, ok := options[name]
		var v value
		for l := range strings.SplitSeq(text, "\n") {
			v = append(v, line{text: l})
		}
		return v, ok
	}
	v, err := replaceTags(value{{text: "a <re-<mode>> b"}, {text: "<F-USER>"}}, find)
	if want := "a one <HOST>\ntwo strict b\n<F-USER>"; err != nil || v.String() != want {
		t.Errorf("got %q, %v", v.String(), err)
	}
	if _, err := replaceTags(value{{text: "<loop>"}}, find); err == nil {
		t.Error("a tag in itself is replaced without end")
	}
}
