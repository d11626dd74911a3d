package rules_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// shippedIn returns the names of the shipped rules in the set, in order of trial.
func shippedIn(set *rules.Set) []string {
	var names []string
	for _, e := range set.Entries() {
		names = append(names, strings.TrimSuffix(filepath.Base(e.Pos.File), ".conf"))
	}
	return slices.Compact(names)
}

func TestShippedRulesReadTheirSamples(t *testing.T) {
	all, strict := mustParse(t, "use all\n"), mustParse(t, "use all-aggressive\n")
	inAll, inStrict := shippedIn(all), shippedIn(strict)
	for _, name := range rules.Library() {
		t.Run(name, func(t *testing.T) {
			set, among := mustParse(t, "use "+name+"\n"), strict
			switch {
			case !slices.Contains(inStrict, name):
				among = set
			case slices.Contains(inAll, name):
				among = all
			}
			hit := map[*rules.Pattern]bool{}
			if !slices.ContainsFunc(samples(t, name), func(s sample) bool { return s.want == "none" }) {
				t.Error("no sample that must stay quiet")
			}
			for _, s := range samples(t, name) {
				if h, ok := match(set, s.line); ok {
					hit[h.Pattern] = true
				}
				if got := outcome(set, s.line); got != s.want {
					t.Errorf("%s\n got %s\nwant %s", s.line, got, s.want)
				}
				if got := outcome(among, s.line); got != s.want {
					t.Errorf("among all rules: %s\n got %s\nwant %s", s.line, got, s.want)
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
	want := slices.DeleteFunc(shippedIn(mustParse(t, "use all\n")), func(n string) bool { return n == "sshd" })
	if diff := cmp.Diff(append([]string{"sshd"}, want...), shippedIn(set)); diff != "" {
		t.Errorf("what is named comes first, and once (-want +got):\n%s", diff)
	}
	others := mustParse(t, "use all\n").Entries()
	for _, e := range set.Entries() {
		want := []rules.Verdict{{For: 12 * time.Hour, After: 3, Within: 5 * time.Minute}}
		if filepath.Base(e.Pos.File) != "sshd.conf" {
			i := slices.IndexFunc(others, func(o *rules.Entry) bool { return o.Name == e.Name })
			want = others[i].Verdicts
		}
		if e.Verdicts[0].Kind == rules.Block && !slices.Equal(e.Verdicts, want) {
			t.Errorf("[%s] has %+v, want %+v", e.Name, e.Verdicts, want)
		}
	}
}

func TestEachBundleOfShippedRulesKeepsItsPromise(t *testing.T) {
	all, aggressive := shippedIn(mustParse(t, "use all\n")), shippedIn(mustParse(t, "use all-aggressive\n"))
	both := shippedIn(mustParse(t, "use all all-aggressive\n"))
	defaults := shippedIn(rules.Default())
	for _, name := range rules.Library() {
		text, _ := rules.LibraryText(name)
		spoofable := strings.Contains(text, "\n# spoofable\n")
		accepts := strings.HasSuffix(name, "-accept")
		byName := accepts || strings.Contains(name, "-fail2ban")
		strict := strings.HasSuffix(name, "-aggressive") || strings.HasSuffix(name, "-forwarded")
		if got, want := slices.Contains(all, name), !byName && !strict; got != want {
			t.Errorf("%s is in all: %t, want %t", name, got, want)
		}
		if got, want := slices.Contains(aggressive, name), !byName; got != want {
			t.Errorf("%s is in all-aggressive: %t, want %t", name, got, want)
		}
		if slices.Contains(defaults, name) && (spoofable || !slices.Contains(all, name)) {
			t.Errorf("%s is among the defaults, which are careful", name)
		}
		if n := len(slices.DeleteFunc(slices.Clone(both), func(n string) bool { return n != name })); n > 1 {
			t.Errorf("use all all-aggressive has %s %d times", name, n)
		}
		for _, e := range mustParse(t, "use "+name+"\n").Entries() {
			for _, v := range e.Verdicts {
				if accepts != (v.Kind == rules.Accept) {
					t.Errorf("%s: [%s] accepts: %t, want %t", name, e.Name, !accepts, accepts)
				}
				if spoofable && max(v.For, v.DoublingTo) > 10*time.Minute {
					t.Errorf("%s: [%s] blocks who may be somebody else for more than 10m", name, e.Name)
				}
			}
		}
	}
}

func TestUseSaysWhereItBelievesAForgedAddress(t *testing.T) {
	const named = "f:1:5: note: named believes addresses that can be forged: somebody else could be blocked"
	for text, want := range map[string][]string{
		"use named\n":      {named},
		"use named: 10m\n": {named},
		"use named: 1h\n":  {named, "f:1:5: warning: named believes addresses that can be forged: block for 10m at most"},
		"use sshd: 1h\n":   nil,
	} {
		_, faults := rules.Parse("f", []byte(text))
		var got []string
		for _, f := range faults {
			got = append(got, f.Error())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// Whoever wants all for a week did not think of those who can be framed.
func TestABundlesVerdictIsNotForForgedAddresses(t *testing.T) {
	set, faults := rules.Parse("f", []byte("use all: 1w\n"))
	if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "f:1:5: note: all believes addresses that can be forged, with the rules ") {
		t.Errorf("got %v", faults)
	}
	for _, e := range set.Entries() {
		want := 7 * 24 * time.Hour
		if v := e.Verdicts[0]; filepath.Base(e.Pos.File) == "named.conf" {
			if v.For > 10*time.Minute {
				t.Errorf("[%s] blocks for %v", e.Name, v.For)
			}
		} else if strings.HasPrefix(filepath.Base(e.Pos.File), "sshd") && v.For != want {
			t.Errorf("[%s] blocks for %v, want %v", e.Name, v.For, want)
		}
	}
}
