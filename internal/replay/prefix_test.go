package replay

import (
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPatternFitsUpToTheFirstThingThatDoesNot(t *testing.T) {
	tests := []struct {
		name, pattern, line, fits, took string
	}{
		{"in a word", `^sshd\[\d+\]: Invalid user`, "sshd[17]: Invaild user", `^sshd\[\d+\]: Inva`, "sshd[17]: Inva"},
		{"nothing fits", `^sshd: x`, "cron: x", `^`, ""},
		{"behind the wider sshd", `^sshd\[\d+\]: x`, "sshd-session[1]: y", `^sshd\[\d+\]: `, "sshd-session[1]: "},
		{"at a group", `^d: (?:a|b(?:c|d)) e`, "d: x e", `^d: `, "d: "},
		{"at a class", `^d: [[:alpha:]\]]+[^]x]y`, "d: ab]xz", `^d: [[:alpha:]\]]+[^]x]`, "d: ab]xz"},
		{"at a loop", `^d: \d+ x`, "d: y x", `^d: `, "d: "},
		{"in a counted loop", `^d: \d{3} x`, "d: 12 x", `^d: `, "d: "},
		{"an escape with braces", `^d: \x{41}\pL\p{Greek}z`, "d: ABγy", `^d: \x{41}\pL\p{Greek}`, "d: ABγ"},
		{"behind whatever, the rest is wanted", `^d: user .* from {IP_NUMBER}$`, "d: user x at 192.0.2.1", `^d: user .* `, "d: user x at "},
		{"before the end", `^d: a$`, "d: ab", `^d: a`, "d: a"},
		{"at an address", `^d: {IP_NUMBER} x`, "d: 192.0.2.300 x", `^d: `, "d: "},
		{"at part of a longer word", `^d: from {IP_NUMBER}`, "d: from 192.0.2.1.example.com", `^d: from `, "d: from "},
		{"behind an address", `^d: {IP_NUMBER} port`, "d: 2001:db8::9 prot", `^d: {IP_NUMBER} p`, "d: 2001:db8::9 p"},
		{"of alternatives the first", `^d: ab|^d: x`, "d: ac", `^d: a`, "d: a"},
		{"without an anchor", `login failed: no`, "d: login failed: yes", `login failed: `, "d: login failed: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fits, to := fit(tt.pattern, []byte(tt.line))
			got := [2]string{tt.pattern[:fits], tt.line[:to]}
			if diff := cmp.Diff([2]string{tt.fits, tt.took}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzCuts(f *testing.F) {
	f.Add(`^sshd\[\d+\]: (?P<user>[^\]x]+|\pL{2,3}?) from {IP_NUMBER}$`, "sshd[1]: x")
	f.Add(`a|[[:alpha:]]\x{41}\Q(\E`, "")
	f.Fuzz(func(t *testing.T, pattern, line string) {
		last := -1
		for _, i := range cuts(pattern) {
			if i <= last || i > len(pattern) {
				t.Fatalf("cut at %d behind %d in %q", i, last, pattern)
			}
			last = i
			if _, err := syntax.Parse(strings.ReplaceAll(pattern[:i], placeholder, looseAddress), syntax.Perl); err != nil {
				t.Fatalf("cut of %q at %d: %v", pattern, i, err)
			}
		}
		if fits, to := fit(pattern, []byte(line)); fits > len(pattern) || to > len(line) {
			t.Fatalf("%q on %q: %d, %d", pattern, line, fits, to)
		}
	})
}
