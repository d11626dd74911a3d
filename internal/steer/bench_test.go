package steer_test

import (
	"fmt"
	"strings"
	"testing"

	"syslog-blacklist/internal/steer"
	"syslog-blacklist/rules"
)

// expand returns patterns of the rules language as package rules compiles them, with the
// whole of {IP_NUMBER}.
func expand(t testing.TB, texts ...string) []steer.Pattern {
	t.Helper()
	set, faults := rules.Parse("test.conf", []byte("[e]\n1h\n"+strings.Join(texts, "\n")+"\n"))
	if set == nil {
		t.Fatal(faults)
	}
	var out []steer.Pattern
	for _, p := range set.Entries()[0].Patterns {
		out = append(out, steer.Pattern{Expr: p.Expr(), Group: "IP_NUMBER"})
	}
	return out
}

func BenchmarkProve(b *testing.B) {
	for _, bm := range []struct{ name, pattern string }{
		{"steered", `^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}`},
		{"proved", `^sshd\[\d+\]: Connection from {IP_NUMBER} port`},
		{"followed to its end", `^sshd\[\d+\]: Failed (?:password|none) for (?:invalid user )?(?P<user>.*) from {IP_NUMBER} port \d+ ssh2(?: \[preauth\])?$`},
		{"many fields", `^nginx: \[error\] \d+#\d+: \*\d+ user "(?P<user>[^"]*)": password mismatch, client: {IP_NUMBER}, server: [-.\w]*, request: "[^"]*"(?:, host: "[^"]*")?(?:, referrer: "[^"]*")?$`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			ps := expand(b, bm.pattern)
			b.ReportAllocs()
			for b.Loop() {
				prove(b, ps)
			}
		})
	}
}

// Patterns of one program are tried in pairs.
func BenchmarkProveOneProgram(b *testing.B) {
	for _, n := range []int{10, 40, 160} {
		b.Run(fmt.Sprint(n, " patterns"), func(b *testing.B) {
			var texts []string
			for i := range n {
				texts = append(texts, fmt.Sprintf(`^apache: \[client {IP_NUMBER}:\d+\] AH%d: user (?P<user>.*) did thing %d`, i, i))
			}
			ps := expand(b, texts...)
			b.ReportAllocs()
			for b.Loop() {
				prove(b, ps)
			}
		})
	}
}
