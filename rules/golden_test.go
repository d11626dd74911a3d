package rules_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"syslog-blacklist/internal/golden"
	"syslog-blacklist/rules"
)

// Beside each rules file stands, word for word, what is said of it.

func TestEveryFaultIsReportedWithItsPlace(t *testing.T) {
	eachFile(t, "testdata/bad", func(t *testing.T, set *rules.Set) string {
		if set != nil {
			t.Error("a faulty file was accepted")
		}
		return ""
	})
}

func TestGoodFilesMeanWhatTheySay(t *testing.T) {
	eachFile(t, "testdata/good", func(t *testing.T, set *rules.Set) string {
		if set == nil {
			t.Error("a good file was refused")
			return ""
		}
		return describe(set)
	})
}

func eachFile(t *testing.T, dir string, of func(*testing.T, *rules.Set) string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.conf"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files in ", dir, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			set, faults := rules.Load(file)
			var b strings.Builder
			for _, f := range faults {
				b.WriteString(f.Format() + "\n")
			}
			b.WriteString(of(t, set))
			golden.Equal(t, strings.TrimSuffix(file, ".conf")+".golden", b.String())
		})
	}
}

// describe writes a set out, one thing a line.
func describe(set *rules.Set) string {
	var b strings.Builder
	for _, n := range set.Never() {
		if n.Name != "" {
			fmt.Fprintf(&b, "never name %s\n", n.Name)
		} else {
			fmt.Fprintf(&b, "never %s\n", n.Prefix)
		}
	}
	for _, p := range set.Always() {
		fmt.Fprintf(&b, "always %s\n", p)
	}
	if v := set.Recidive(); v != nil {
		fmt.Fprintf(&b, "recidive %s\n", v)
	}
	for _, e := range set.Entries() {
		fmt.Fprintf(&b, "%d [%s]\n", e.Number, e.Name)
		for _, v := range e.Verdicts {
			fmt.Fprintf(&b, "  %s\n", v)
		}
		for _, p := range e.Patterns {
			fmt.Fprintf(&b, "    tag=%q %s\n", p.Tag, p.Text)
			if p.Steering != "" {
				fmt.Fprintf(&b, "      safe: %s\n", p.Steering)
			}
		}
		for _, p := range e.Exclusions {
			fmt.Fprintf(&b, "    but not %s\n", p.Text)
		}
	}
	return b.String()
}
