package rules_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/steer"
	"syslog-blacklist/rules"
)

func steerings(t testing.TB, set *rules.Set) []rules.Steering {
	t.Helper()
	found, err := set.Prove(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSteerablePatternsAreShownWithALine(t *testing.T) {
	set, _ := rules.Parse("f", []byte(`[a]
1h
  ^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
Failed password for root from {IP_NUMBER} port
^sshd\[\d+\]: Invalid user .* from {IP_NUMBER} port \d+$
# steering: the daemon takes no name with a blank
^sshd\[\d+\]: Illegal user \w+ from {IP_NUMBER}

[b]
1h
^foo: user .* from {IP_NUMBER} port \d+$
[c]
1h
^foo: user root from {IP_NUMBER}

[d]
1h
^bar: user \w+ from {IP_NUMBER}
! ^bar: user \w+ from \S+ from

[e]
ignore
^baz: user \w+ from {IP_NUMBER}
`))
	want := `f:3:3: warning: somebody can choose the address: match what others choose with .* and go on to the end of the line with $, or say in a "# steering:" comment above why nobody can
      ^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
      ^
    sshd[1]: Failed password for x from 198.51.100.9 from 192.0.2.1
                                        ^^^^^^^^^^^^ is taken
                                                          ^^^^^^^^^ is the client's
f:4:1: warning: every program's lines are believed: begin the pattern with ^ and the name of the one that is meant
    Failed password for root from {IP_NUMBER} port
    ^
    any: Failed password for root from 198.51.100.9 port
                                       ^^^^^^^^^^^^ is taken
f:5:1: note: only the $ keeps others from choosing the address, as in this line: leave it there
    ^sshd\[\d+\]: Invalid user .* from {IP_NUMBER} port \d+$
    ^
    sshd[1]: Invalid user  from 192.0.2.1 port 1 from 198.51.100.9 port 1
                                                      ^^^^^^^^^^^^ is taken
                                ^^^^^^^^^ is the client's
silenced: the daemon takes no name with a blank
f:7:1: warning: somebody can choose the address: match what others choose with .* and go on to the end of the line with $, or say in a "# steering:" comment above why nobody can
    ^sshd\[\d+\]: Illegal user \w+ from {IP_NUMBER}
    ^
    sshd[1]: Illegal user x from 198.51.100.9 from 192.0.2.1
                                 ^^^^^^^^^^^^ is taken
                                                   ^^^^^^^^^ is the client's
f:11:1: note: only the $ keeps others from choosing the address, as in this line: leave it there
    ^foo: user .* from {IP_NUMBER} port \d+$
    ^
    foo: user  from 192.0.2.1 port 1 from 198.51.100.9 port 1
                                          ^^^^^^^^^^^^ is taken
                    ^^^^^^^^^ is the client's
f:11:1: warning: somebody can choose the address in a line that the pattern at f:14:1 describes: match what others choose with .* and go on to the end of the line with $, or say in a "# steering:" comment above why nobody can
    ^foo: user .* from {IP_NUMBER} port \d+$
    ^
    foo: user root from 192.0.2.1 from 198.51.100.9 port 1
                                       ^^^^^^^^^^^^ is taken
                        ^^^^^^^^^ is the client's
f:18:1: note: other patterns keep this line from this one, which would let somebody choose the address: match what others choose with .* and go on to the end of the line with $, or say in a "# steering:" comment above why nobody can
    ^bar: user \w+ from {IP_NUMBER}
    ^
    bar: user x from 198.51.100.9 from 192.0.2.1
                     ^^^^^^^^^^^^ is taken
                                       ^^^^^^^^^ is the client's
`
	var b strings.Builder
	for _, s := range steerings(t, set) {
		if s.Silenced != "" {
			b.WriteString("silenced: " + s.Silenced + "\n")
		}
		b.WriteString(s.Format() + "\n")
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestShippedRulesAreNotProvedAgain(t *testing.T) {
	if got := steerings(t, rules.Default()); got != nil {
		t.Errorf("got %v", got)
	}
	set := mustParse(t, "use sshd\n[mine]\n1h\n^sshd\\[\\d+\\]: Failed password for root from {IP_NUMBER} port \\d+\n")
	got := steerings(t, set)
	if len(got) == 0 {
		t.Fatal("mine is not tried together with the shipped ones")
	}
	for _, s := range got {
		if s.Pos.File != "test.conf" || !strings.Contains(s.Message, "the pattern at library/sshd.conf:") {
			t.Errorf("not about mine among the shipped: %v", s)
		}
	}
}

func TestProvingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	set := mustParse(t, "[a]\n1h\n^a: user \\w+ from {IP_NUMBER}\n")
	if _, err := set.Prove(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Nobody can choose the address that a shipped rule takes, also where rules of
// several services meet. Where a pattern can't show that by itself, a comment above it
// says who writes its fields instead; those named groups that it doesn't speak of hold
// the client's words all the same, and are proved.
func TestShippedRulesCanNotBeSteered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range rules.Library() {
		text, _ := rules.LibraryText(name)
		write(t, filepath.Join(dir, name), text)
	}
	file := filepath.Join(t.TempDir(), "all.conf")
	write(t, file, "include "+dir+"/*\n")
	set, faults := rules.Load(file)
	if set == nil {
		t.Fatal(faults)
	}
	for _, s := range steerings(t, set) {
		unproved := s.Severity == rules.Warning || s.Line == ""
		if unproved && s.Silenced == "" {
			t.Error(s.Format())
		}
	}
	for _, e := range set.Entries() {
		for _, p := range e.Patterns {
			others := clientGroups(p)
			if p.Steering == "" || !strings.Contains(p.Text, "{IP_NUMBER}") || len(others) == 0 {
				continue
			}
			if line, ok := steeredBy(t, p, []string{}); ok {
				if deceived(set, line, client) {
					t.Errorf("%s: only the comment says that this can't be, and no exclusion: %s", p.Pos, line)
				}
			} else if line, ok := steeredBy(t, p, others); ok {
				t.Errorf("%s: %q can choose the address, of which the comment doesn't speak:\n%s\n%s", p.Pos, others, p.Text, line)
			}
		}
	}
}

// steeredBy returns a line by which the address of p is chosen in the groups of others' words.
func steeredBy(t *testing.T, p *rules.Pattern, others []string) (line string, ok bool) {
	t.Helper()
	findings, err := steer.Prove(t.Context(), []steer.Pattern{{Expr: p.Expr(), Group: "IP_NUMBER", Others: others}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(findings, func(f steer.Finding) bool { return f.Kind == steer.Overflow || f.Kind == steer.NotProved })
	if i < 0 {
		return "", false
	}
	return findings[i].Line, true
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkProve(b *testing.B) {
	own := "[mine]\n1h\n^sshd\\[\\d+\\]: Failed password for \\w+ from {IP_NUMBER}\n"
	for _, bm := range []struct{ name, text string }{
		{"a pattern of one's own", own},
		{"among all shipped ones", "use all-aggressive\n" + own},
	} {
		b.Run(bm.name, func(b *testing.B) {
			set := mustParse(b, bm.text)
			for b.Loop() {
				if _, err := set.Prove(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
