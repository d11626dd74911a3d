package regexset

import (
	"fmt"
	"strings"
	"testing"
)

// growing returns patterns with many states and a line that asks for new ones each time.
func growing(tags int) (patterns []string, line func(tag int) []byte) {
	for tag := range tags {
		for i := range 8 {
			patterns = append(patterns, fmt.Sprintf(`^tag%d: .*%c.*%c%c.*x$`, tag, 'a'+i, 'b'+i, 'c'+i))
		}
	}
	g := newGenerator(5)
	return patterns, func(tag int) []byte {
		var b strings.Builder
		fmt.Fprintf(&b, "tag%d: ", tag)
		for range 60 {
			b.WriteByte('a' + byte(g.IntN(10)))
		}
		return []byte(b.String())
	}
}

func TestALineMakesFewStates(t *testing.T) {
	patterns, line := growing(1)
	m := mustCompile(t, patterns)
	for range 20 {
		before := m.dfa.made
		m.dfa.walk(line(0))
		if made := m.dfa.made - before; made > madePerLine {
			t.Fatalf("one line made %d, want at most %d", made, madePerLine)
		}
	}
}

func TestAHostileTagLeavesTheOthersAlone(t *testing.T) {
	patterns, line := growing(2)
	m := mustCompile(t, patterns)
	for range 5000 {
		m.dfa.walk(line(0))
	}
	if m.dfa.made != madePerTag {
		t.Errorf("the hostile tag made %d, want all of its %d", m.dfa.made, madePerTag)
	}
	other := line(1)
	for range 3 {
		m.dfa.walk(other)
	}
	if _, _, ok := m.dfa.walk(other); !ok {
		t.Error("a line with another tag still finds no states")
	}
}

func TestAnEpochGivesATagNewStates(t *testing.T) {
	patterns, line := growing(1)
	m := mustCompile(t, patterns)
	for range epoch - 1 {
		m.dfa.walk(line(0))
	}
	before := len(m.dfa.states)
	m.dfa.walk(line(0))
	m.dfa.walk(line(0))
	if len(m.dfa.states) == before {
		t.Error("no states were made in the new epoch")
	}
}

func TestTheMemoryOfTheStatesIsBounded(t *testing.T) {
	const tags = 40
	patterns, line := growing(tags)
	m, want := mustCompile(t, patterns), newLoop(patterns)
	flushed, most := false, 0
	for i := range 40000 {
		before := len(m.dfa.states)
		l := line(i % tags)
		if i%500 == 0 {
			compare(t, m, want, append(l, 'x'), 0)
		}
		m.dfa.walk(l)
		flushed = flushed || len(m.dfa.states) < before
		most = max(most, m.dfa.memory)
	}
	if !flushed || most > maxMemory+maxMemory/8 {
		t.Errorf("flushed: %t, at most %d bytes, want a flush and about %d", flushed, most, maxMemory)
	}
}

// The verifier cannot go on in the middle of these: a word may be the program's or pam's.
func TestALineThatIsNotPatternsIsReadUntilItShows(t *testing.T) {
	patterns := []string{`^(?:[\w-]+: )?pam_\w+: .* from (a+)$`, `^(?:[\w-]+: )?pam_\w+: .* from (b+)$`}
	m := mustCompile(t, patterns)
	for _, test := range []struct {
		line string
		want int // candidates
	}{
		{"sshd: Accepted publickey", 0},
		{"sshd: pam_unix: " + strings.Repeat("x", patience), 2},
	} {
		if all, _, ok := m.dfa.walk([]byte(test.line)); !ok || len(all) != test.want {
			t.Errorf("%s: %d candidates, %t, want %d", test.line, len(all), ok, test.want)
		}
	}
	loop := newLoop(patterns)
	for n := range 3 * patience {
		for _, end := range []string{"", " from a", " from bbb", " from ab"} {
			compare(t, m, loop, []byte("sshd: pam_unix: "+strings.Repeat("x", n)+end), 0)
		}
	}
}
