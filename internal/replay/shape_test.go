package replay

import (
	"strings"
	"testing"

	"syslog-blacklist/rules"
)

func TestLinesOfOneKindHaveOneShape(t *testing.T) {
	tests := []struct {
		name, shape string
		lines       []string
	}{
		{"numbers", "d[N]: N of N", []string{"d[1]: 2 of 3", "d[77]: 9000 of 1"}},
		{"addresses", "d: from ADDRESS port N", []string{"d: from 203.0.113.9 port 1", "d: from 2001:db8::9 port 2", "d: from ::ffff:203.0.113.9 port 3"}},
		{"an address with a port", "d: ADDRESS:N.", []string{"d: 203.0.113.9:1234.", "d: 198.51.100.7:1."}},
		{"an address in brackets", "d: x[ADDRESS]:N", []string{"d: x[203.0.113.9]:25", "d: x[2001:db8::1]:25"}},
		{"an address at an end", "d: from ADDRESS.", []string{"d: from 203.0.113.9.", "d: from 2001:db8::9."}},
		{"an address behind an @", "d: (*@ADDRESS)", []string{"d: (?@203.0.113.9)", "d: (root@192.0.2.1)"}},
		{"a name that looks like one", "d: N.N.N.N.example.com", []string{"d: 203.0.113.9.example.com"}},
		{"identifiers", "d: session ID", []string{"d: session 0a9f8e7d", "d: session Zm9vYmFy1234"}},
		{"quotations", `d: "…" '…' <…>`, []string{`d: "a" 'b' <c>`, `d: "" 'x y' <z@example.org>`}},
		{"a quotation that tells the failure", `d: msg="login failed for *"`, []string{`d: msg="login failed for bob"`, `d: msg="login failed for eve"`}},
		{"a quoted address", `d: "ADDRESS" gone`, []string{`d: "203.0.113.9" gone`, `d: "192.0.2.1" gone`}},
		{"an apostrophe", "d: user's N", []string{"d: user's 1", "d: user's 2"}},
		{"names", "d: user * user=* for *", []string{"d: user a user=b for c", "d: user root user=x-y for z.w"}},
		{"no name", "d: user not found", []string{"d: user not found"}},
		{"paths", "d: open *: gone", []string{"d: open /etc/passwd: gone", "d: open /x: gone"}},
		{"a request refused", `d: ADDRESS "…" 403 N`, []string{`d: 192.0.2.1 "GET /" 403 12`, `d: 192.0.2.2 "GET /x" 403 0`}},
		{"mail addresses", "d: to *", []string{"d: to a@example.org", "d: to b.c@example.com"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, line := range tt.lines {
				ps, whole := appendParts(nil, []byte(line))
				if got := string(appendShape(nil, ps, whole)); got != tt.shape {
					t.Errorf("the shape of %q is %q, want %q", line, got, tt.shape)
				}
			}
		})
	}
}

func TestASuggestionIsAWholePatternForTheLine(t *testing.T) {
	tests := []struct{ line, want string }{
		{"ftpd[1]: login failed for al from 203.0.113.9", `^ftpd\[\d+\]: login failed for \S+ from {IP_NUMBER}$`},
		{"d: [::1] denied 192.0.2.1", `^d: \[{IP_NUMBER}\] denied \S+$`},
		{"d: 192.0.2.1 denied, from 203.0.113.9", `^d: \S+ denied, from {IP_NUMBER}$`},
		{`d: bad "a" <b> rhost=203.0.113.9:22 (0a1b2c3d)`, `^d: bad "[^"]*" <[^>]*> rhost={IP_NUMBER}:\d+ \(\w+\)$`},
		{"d: failed, no address", ""},
		{"d: failed \x1b[1m 203.0.113.9", ""},
		{"d: failed 203.0.113.9 " + strings.Repeat("x ", maxShape), `^d: failed {IP_NUMBER} ` + strings.Repeat("x ", (maxShape-22)/2)},
	}
	for _, tt := range tests {
		if got, _ := suggest([]byte(tt.line)); got != tt.want {
			t.Errorf("for %q: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestADoubtfulSuggestionIsSaidToBe(t *testing.T) {
	for line, want := range map[string]string{
		"d: failed for bob from 203.0.113.9": "",
		"7 failed from 203.0.113.9":          "every program's lines are believed: begin the pattern with ^ and the name of the one that is meant",
	} {
		if _, doubt := suggest([]byte(line)); doubt != want {
			t.Errorf("for %q: got %q, want %q", line, doubt, want)
		}
	}
}

func TestAFailureIsKnownByItsWords(t *testing.T) {
	for line, want := range map[string]bool{
		"d: Login failed":                       true,
		"d: auth_failure":                       true,
		"d: AuthenticationFailed":               true,
		"d: AUTHENTICATION FAILURE":             true,
		"d: Relay access denied":                true,
		"d: Too many attempts":                  true,
		"d: bad password":                       true,
		`d: "GET / HTTP/1.1" 401 12`:            true,
		"d: badge read":                         false,
		"d: unfailing":                          false,
		"d: session opened":                     false,
		`d: "GET / HTTP/1.1" 200 401 `:          false,
		"d: fai":                                false,
		"d: \xff\xfe{|}~[\\]^_`@ fa il":         false,
		"d: unknown user":                       true,
		"d: unknown option":                     false,
		"d: connection from unknown[192.0.2.1]": false,
	} {
		if got := looksLikeFailure([]byte(line)); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}

// The parts of a line are the line, and what is suggested for it takes it.
func FuzzShape(f *testing.F) {
	f.Add("ftpd[1]: login failed for al from 203.0.113.9:22 (0a1b2c3d)")
	f.Add(`d: "a <b 'c' x@[::1] 1.2.3.4.5 /p/q user=`)
	f.Add("d: from ::ffff:203.0.113.9%eth0, \xff\x00'")
	f.Add(strings.Repeat("a1 ", 200))
	f.Fuzz(func(t *testing.T, line string) {
		ps, whole := appendParts(nil, []byte(line))
		var all strings.Builder
		for _, p := range ps {
			if len(p.text) == 0 {
				t.Errorf("an empty part of kind %d", p.kind)
			}
			all.Write(p.text)
		}
		if all.String() != line[:min(len(line), maxShape)] || whole != (len(line) <= maxShape) {
			t.Fatalf("parts of %q make %q, whole %v", line, all.String(), whole)
		}
		appendShape(nil, ps, whole)
		pattern, set := draft([]byte(line))
		if set == nil {
			return
		}
		var hit rules.Hit
		if m := set.Matcher(); !m.Match([]byte(line), false, &hit) || !hit.Addr.IsValid() {
			t.Fatalf("suggested %q, which does not take %q", pattern, line)
		}
	})
}
