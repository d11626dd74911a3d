package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syslog-blacklist/rules"
)

func TestAVerdictThatIsWrittenIsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawVerdict(t)
		set, faults := rules.Parse("written", fmt.Appendf(nil, "[entry]\n%s\n^sshd: (?P<user>\\S+) from {IP_NUMBER} in session (?P<session>\\d+)$\n", want))
		if set == nil {
			t.Fatalf("%s is not read: %v", want, faults)
		}
		if diff := cmp.Diff(want, set.Entries()[0].Verdicts[0]); diff != "" {
			t.Errorf("%s (-written +read)\n%s", want, diff)
		}
	})
}

func drawVerdict(t *rapid.T) rules.Verdict {
	duration := func(label string) time.Duration {
		return time.Duration(rapid.Int64Range(1, 1e9).Draw(t, label)) * time.Second
	}
	v := rules.Verdict{Kind: rules.Kind(rapid.IntRange(int(rules.Block), int(rules.Forget)).Draw(t, "kind")), After: 1}
	if v.Kind != rules.Ignore && v.Kind != rules.Forget {
		v.For = duration("for")
	}
	if v.Kind != rules.Block {
		return v
	}
	if rapid.Bool().Draw(t, "forever") {
		v.For = rules.Forever
	}
	if rapid.Bool().Draw(t, "counted") {
		v.After, v.Within = rapid.IntRange(1, 64).Draw(t, "after"), duration("within")
		if rapid.Bool().Draw(t, "different") {
			v.Different = "user"
		}
	}
	if v.For != rules.Forever && rapid.Bool().Draw(t, "doubling") {
		v.DoublingTo = v.For + duration("more")
	}
	return v
}
