package steer_test

import (
	"regexp"
	"strings"
	"testing"

	"syslog-blacklist/internal/steer"
)

// What is found is so: the pattern takes the address from the line.
func FuzzProve(f *testing.F) {
	for _, p := range parts {
		f.Add("^a: "+p.strict, p.strict+"$")
	}
	f.Add("", "")
	f.Add("(?i)^A(?:b|)", "(?:(?:x{8}){8}){8}")
	f.Add("(?m)^$\\b", "\\B\\z")
	f.Add("^a: [^\\x00-\\x{10FFFF}]*", "(?:){3}(?s:.)")
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 200 {
			return
		}
		p := patterns("(?:" + before + "){IP}(?:" + after + ")")[0]
		re, err := regexp.Compile(p.Expr)
		if err != nil || strings.Count(p.Expr, "<address>") != 1 {
			return
		}
		findings, err := steer.Prove(t.Context(), []steer.Pattern{p})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if f.Line == "" || f.Kind == steer.BorrowedEnd { // where the pattern has a $ more
				continue
			}
			loc := re.FindStringSubmatchIndex(f.Line)
			if g := 2 * re.SubexpIndex("address"); loc == nil || loc[g] != f.Taken[0] || loc[g+1] != f.Taken[1] {
				t.Errorf("not so: %s", show(f))
			}
		}
	})
}
