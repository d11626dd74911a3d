package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestATableIsAsWideAsItsCellsAndEscapesThem(t *testing.T) {
	var out bytes.Buffer
	table(&out, [][]string{{"A", "B"}, {"1\x1b[2J", "x\ny"}, {"ü", ""}})
	want := "A         B\n" + `1\x1b[2J  x\ny` + "\n" + "ü         \n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// What is printed as JSON says the same and moves no terminal.
func FuzzPlainJSON(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[2J\x7f\u009b31m", "\u202etxt.exe", "\U000e0001 \U0001f600", "a\"\\\n\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		plain := plainJSON(text)
		var got string
		if err := json.Unmarshal(plain, &got); err != nil || got != s {
			t.Errorf("%q became %q (%v)", s, got, err)
		}
		for _, r := range string(plain) {
			if !unicode.IsPrint(r) {
				t.Errorf("%q: %U is left in %q", s, r, plain)
			}
		}
	})
}
