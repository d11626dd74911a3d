package regexset

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequiredWords(t *testing.T) {
	for _, test := range []struct {
		expr string
		want []clause
	}{
		{`^sshd\[\d+\]: Failed`, []clause{{"]: failed"}, {"sshd["}}},
		{`(?:cat|dog)s`, []clause{{"cats", "dogs"}}},
		{`(?:cat|.*)s`, nil},
		{`(?:cat.*|dog.+x)s`, []clause{{"cat", "dog"}}},
		{`(?i)banana`, []clause{{"banana"}}},
		{`(?i)masked`, []clause{{"ma"}, {"ed"}}}, // ſ and the Kelvin sign match too
		{`café au lait`, []clause{{"café au lait"}}},
		{`(?i)café au lait`, []clause{{" au lait"}, {"caf"}}},
		{"ab\uFFFDcd", []clause{{"ab"}, {"cd"}}},
		{`x(?:abc)+y`, []clause{{"abc"}}},
		{`x(?:abc)*yz`, []clause{{"yz"}}},
		{`(?:abc)?de`, []clause{{"abcde", "de"}}},
		{`\d+|.*`, nil},
		{`[ab][cd]`, []clause{{"ac", "ad", "bc", "bd"}}},
	} {
		re, err := syntax.Parse(test.expr, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, clausesOf(re)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.expr, diff)
		}
	}
}

func TestAhoCorasickFindsTheWordsThatStandInTheLine(t *testing.T) {
	g := newGenerator(1)
	letters := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(g.pick("a", "b", "B", "A", "\xff"))
		}
		return b.String()
	}
	for range 2000 {
		var words []string
		var numbers []int32
		for i := range 1 + g.IntN(6) {
			words, numbers = append(words, asciiLower(letters(1+g.IntN(4)))), append(numbers, int32(i))
		}
		line := letters(g.IntN(12))
		var want []int32
		for i, w := range words {
			if strings.Contains(asciiLower(line), w) {
				want = append(want, int32(i))
			}
		}
		got := newAhoCorasick(words, numbers).scan([]byte(line), newBitset(len(words)), nil)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q in %q (-want +got):\n%s", words, line, diff)
		}
	}
}

func asciiLower(s string) string {
	return strings.NewReplacer("A", "a", "B", "b").Replace(s)
}

func TestTheWordsOfAnIndexAreBounded(t *testing.T) {
	var patterns []string
	for i := range 3000 {
		patterns = append(patterns, fmt.Sprintf("unanchored %04d[a-d]{0,2}and so on %04d", i, 7*i%3000))
	}
	m := mustCompile(t, patterns)
	index := m.set.otherWords
	if rows := len(index.words.ends); rows > maxWordBytes {
		t.Errorf("%d rows, want at most %d", rows, maxWordBytes)
	}
	if len(index.bare) == 0 {
		t.Error("all patterns have words: the test does not reach the bound")
	}
	for _, i := range []int{0, 1234, 2999} {
		line := fmt.Sprintf("unanchored %04dand so on %04d", i, 7*i%3000)
		if got, _ := m.Next([]byte(line), 0); got != i {
			t.Errorf("Next(%q) = %d, want %d", line, got, i)
		}
	}
}
