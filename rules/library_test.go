package rules_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"syslog-blacklist/rules"
)

// A sample is a canonical line, ⇒, and the address and entry it leads to, or none.
type sample struct{ line, want string }

func samples(t testing.TB, name string) []sample {
	t.Helper()
	text, err := os.ReadFile("testdata/library/" + name + ".log")
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, l := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		line, want, ok := strings.Cut(l, " ⇒ ")
		if !ok {
			t.Fatalf("%s.log: no ⇒ in %q", name, l)
		}
		out = append(out, sample{line, want})
	}
	return out
}

func outcome(set *rules.Set, line string) string {
	if h, ok := match(set, line); ok {
		return h.Addr.String() + " " + h.Entry.Name
	}
	return "none"
}

func TestShippedRulesReadTheirSamples(t *testing.T) {
	all := rules.Default()
	for _, name := range rules.Library() {
		t.Run(name, func(t *testing.T) {
			set := mustParse(t, "use "+name+"\n")
			hit := map[*rules.Pattern]bool{}
			for _, s := range samples(t, name) {
				if h, ok := match(set, s.line); ok {
					hit[h.Pattern] = true
				}
				if got := outcome(set, s.line); got != s.want {
					t.Errorf("%s\n got %s\nwant %s", s.line, got, s.want)
				}
				if got := outcome(all, s.line); got != s.want {
					t.Errorf("with all rules: %s\n got %s\nwant %s", s.line, got, s.want)
				}
			}
			for _, e := range set.Entries() {
				for _, p := range e.Patterns {
					if !hit[p] {
						t.Errorf("no sample for %s", p.Text)
					}
				}
			}
		})
	}
}

// As a user's own file a shipped one has no warnings: none but notes are said of it.
func TestShippedRulesAreWithoutDoubt(t *testing.T) {
	names := map[string]string{}
	for _, name := range rules.Library() {
		text, ok := rules.LibraryText(name)
		if !ok {
			t.Fatal("no text of ", name)
		}
		set, faults := rules.Parse(name, []byte(text))
		for _, f := range faults {
			if f.Severity != rules.Note {
				t.Error(f.Format())
			}
		}
		if set == nil {
			continue
		}
		for _, e := range set.Entries() {
			if other, ok := names[e.Name]; ok {
				t.Errorf("%s and %s both have an entry [%s]", other, name, e.Name)
			}
			names[e.Name] = name
			for _, p := range e.Patterns {
				if p.Tag == "" && !strings.HasPrefix(p.Text, "^") {
					t.Errorf("not anchored: %s", p.Text)
				}
			}
		}
	}
}

func TestUseTakesShippedRulesWithTheirVerdictOrAnother(t *testing.T) {
	set := mustParse(t, "use sshd: 12h after 3 in 5m\nuse all\n")
	var names []string
	for _, e := range set.Entries() {
		service, _, _ := strings.Cut(e.Name, " ")
		if len(names) == 0 || names[len(names)-1] != service {
			names = append(names, service)
		}
		want := 5
		switch {
		case service == "sshd":
			want = 3
			if len(e.Verdicts) != 1 {
				t.Errorf("[%s] keeps shipped verdicts: %+v", e.Name, e.Verdicts)
			}
		case !strings.HasSuffix(e.Name, "password") && !strings.HasSuffix(e.Name, "login"):
			continue
		}
		if e.Verdicts[0].After != want {
			t.Errorf("[%s] after %d, want %d", e.Name, e.Verdicts[0].After, want)
		}
	}
	others := slices.DeleteFunc(rules.Library(), func(n string) bool { return n == "sshd" })
	if want := append([]string{"sshd"}, others...); !slices.Equal(names, want) {
		t.Errorf("got the rules of %v, want %v", names, want)
	}
}
