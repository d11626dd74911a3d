package fail2ban

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/rules"
)

// mark is what %(__prefix_line)s of common.conf is read as.
const mark = prefixMark

func TestPatternsAreWrittenAsRE2HasThem(t *testing.T) {
	for _, tt := range []struct{ name, expr, want string }{
		{"an address", `^x <HOST>$`, `^x {IP_NUMBER}$`},
		{"its other names", `^x \[<ADDR>\]:<F-PORT/>`, `^x \[{IP_NUMBER}\]:(?P<port>\w+)`},
		{"a group called host", `^x (?P<host>\S+(?:a|b))!`, `^x {IP_NUMBER}!`},
		{"details", `^<F-USER>a|b</F-USER> <F-ALT_USER>.*</F-ALT_USER> <HOST>`, `^(?P<user>a|b) (?P<alt_user>.*) {IP_NUMBER}`},
		{"a session is nothing but a detail", `^(?P<session>\d+) <HOST>`, `^(?P<f2b_session>\d+) {IP_NUMBER}`},
		{"groups without names capture nothing", `^(a|b)+ <HOST>`, `^(?:a|b)+ {IP_NUMBER}`},
		{"alternatives are patterns", `(?i)^a <HOST>|^b <HOST>`, "(?i)^a {IP_NUMBER}\n(?i)^b {IP_NUMBER}"},
		{"an address among alternatives", `^a (?:v6 <IP6>|<IP4>) b`, "^a (?:v6 {IP_NUMBER}) b\n^a (?:{IP_NUMBER}) b"},
		{"ends of Python's", `\Aa <HOST>\Z`, `^a {IP_NUMBER}$`},
		{"escapes of Python's", `^\"\'\-\/\_\é\x41\u00e9 <HOST>`, `^\"\'\-\/_é\x{41}\x{00e9} {IP_NUMBER}`},
		{"braces that repeat nothing", `^{"a":{},"b":"{IP_NUMBER}"} a{,3} <HOST>`, `^\{"a":\{},"b":"\{IP_NUMBER}"} a{0,3} {IP_NUMBER}`},
		{"classes", `^[]a][^]\]][[:{x] <HOST>`, `^[\]a][^\]\]][\[:\{x] {IP_NUMBER}`},
		{"flags", `^(?iu)a(?s:.)(?u) ((?i)B|c) <HOST>`, `^(?i)a(?s:.) (?:(?i)B|c) {IP_NUMBER}`},
		{"comments", `^a(?# of mine) <HOST>`, `^a {IP_NUMBER}`},
		{"lazy loops", `^.*?a{2}? <HOST>`, `^.*?a{2}? {IP_NUMBER}`},
		{"a # is no comment", `^a #1 <HOST>`, `^a \#1 {IP_NUMBER}`},
		{"tags that say nothing of one line", `^<F-MLFFORGET>a|b</F-MLFFORGET> <HOST>`, `^(?:a|b) {IP_NUMBER}`},
		{"what only looks like a tag", `^user=<<F-USER>[^>]*</F-USER>>, </b> <HOST>`, `^user=<(?P<user>[^>]*)>, </b> {IP_NUMBER}`},
		{"blanks at the ends", ` a <HOST> `, `[ ]a {IP_NUMBER}[ ]`},
		{"a word of the rules file", `use <HOST>`, `(?:use {IP_NUMBER})`},
		{"a number at the head", `12 <HOST>`, `(?:12 {IP_NUMBER})`},
		{"a time that was cut out", `^a - \[\] "b" <HOST>`, `^a - \[[^\[\]]*\] "b" {IP_NUMBER}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := patterns(tt.expr, nil, source{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, p := range got {
				if err := fault("[x]\n1h\n" + p); err != nil {
					t.Errorf("%s: %v", p, err)
				}
			}
		})
	}
}

func TestWhatCannotBeTranslatedIsSaid(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`^a(?=b) <HOST>`, "a lookahead, which RE2 lacks: write out what it looks at"},
		{`^a(?!b) <HOST>`, "a negative lookahead, which RE2 lacks: leave it out, and write a line with ! and what must not stand there"},
		{`(?<=a) <HOST>`, "a lookbehind, which RE2 lacks: write out what it looks at"},
		{`(?<!a) <HOST>`, "a negative lookbehind, which RE2 lacks: leave it out, and write a line with ! and what must not stand there"},
		{`(a) \1 <HOST>`, "a back-reference, which RE2 lacks: repeat what the group has"},
		{`(?P<a>a) (?P=a) <HOST>`, "a back-reference, which RE2 lacks: repeat what the group has"},
		{`(?P<a>a)? (?(a)b|c) <HOST>`, "a condition, which RE2 lacks: write a pattern for each case"},
		{`(?>a) <HOST>`, "an atomic group, which RE2 lacks: write (?:"},
		{`a*+ <HOST>`, "*+ is possessive, which RE2 lacks: leave the second + out"},
		{`(?x) a <HOST>`, "(?x), which RE2 lacks: write it on one line, without blanks"},
		{`a\n<HOST>`, "it looks for a line break: a message is one line here"},
		{`a<SKIPLINES><HOST>`, "it looks at several lines (SKIPLINES)"},
		{`<F-NOFAIL>a</F-NOFAIL> <HOST>`, "it counts only together with other lines of its session (F-NOFAIL)"},
		{`<F-MLFGAINED>a</F-MLFGAINED> <HOST>`, "it is a success, which ends a session (F-MLFGAINED)"},
		{`<F-ID>a</F-ID>`, "it bans what F-ID names, which need be no address"},
		{`(?P<fid>a)`, "it bans what the group fid takes, which need be no address"},
		{`<DNS>`, "it bans a host by its name: there must be an address"},
		{`(?P<a>a)(?P<a>b) <HOST>`, "two groups are called a"},
		{`a\q <HOST>`, `the escape "\\q" is not known`},
		{`(?R) <HOST>`, `the group "(?R)" is not known`},
		{`(a <HOST>`, "a ( is never closed"},
		{`a) <HOST>`, "a ) closes nothing"},
		{`[a <HOST>`, "a [ is never closed"},
		{`a <HOST>\`, `a \ at the end`},
		{`*a <HOST>`, "* repeats nothing"},
		{`a ` + mark + ` <HOST>`, "__prefix_line stands in the midst of it"},
		{`(?:` + mark + `)? <HOST>`, "__prefix_line stands in the midst of it"},
		{mark + `? <HOST>`, "__prefix_line is repeated, or may be missing"},
	} {
		got, err := patterns(tt.expr, nil, source{})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: %q, %v; want %s", tt.expr, got, err, tt.want)
		}
	}
}

func TestTheHeadOfALineIsOurs(t *testing.T) {
	syslog, daemon := source{}, source{daemon: "d(?:a|b)"}
	file, both := source{tag: "app.log"}, source{tag: "app", daemon: "d"}
	for _, tt := range []struct {
		name string
		src  source
		expr string
		want string
	}{
		{"a prefix", daemon, `^` + mark + `x <HOST>`, `^d(?:a|b)(?:\[\d+\])?:? x {IP_NUMBER}`},
		{"a prefix of any program", syslog, `^` + mark + `x <HOST>`, `^[\w./-]+(?:\[\d+\])?:? x {IP_NUMBER}`},
		{"a prefix in a group", daemon, `^<F-MLFID>` + mark + `(?:y: )?</F-MLFID>x <HOST>`, `^d(?:a|b)(?:\[\d+\])?:? (?:(?:y: )?)x {IP_NUMBER}`},
		{"a prefix without ^ says nothing", daemon, mark + `x <HOST>`, `x {IP_NUMBER}`},
		{"the host's name", syslog, `^\s*\S+ d\[\d+\]: x <HOST>`, `^d\[\d+\]: x {IP_NUMBER}`},
		{"anywhere", syslog, `x <HOST>`, `x {IP_NUMBER}`},
		{"a file", file, `^<HOST> x`, `^app\.log(?:\[\d+\])?: {IP_NUMBER} x`},
		{"a file whose time was cut out", file, `^\s+x <HOST>`, `^app\.log(?:\[\d+\])?: ` + stamp + `\s*x {IP_NUMBER}`},
		{"a file whose time stood in brackets", file, `^\[\]\s*x <HOST>`, `^app\.log(?:\[\d+\])?: ` + stamp + `(?:\[[^\[\]]*\])?\s*x {IP_NUMBER}`},
		{"a blank in a group that may come first", file, `^(?: a|b)? : x <HOST>`, `^app\.log(?:\[\d+\])?: ` + stamp + `(?: *a|b)? *:* *x {IP_NUMBER}`},
		{"anywhere in a file", file, `x <HOST>`, `^app\.log(?:\[\d+\])?: .*x {IP_NUMBER}`},
		{"a file with a prefix", both, `^` + mark + `x <HOST>`, `^(?:app|d)(?:\[\d+\])?:? ` + stamp + `(?:d(?:\[\d+\])?:? )?x {IP_NUMBER}`},
	} {
		got, err := patterns(tt.expr, nil, tt.src)
		if err != nil || strings.Join(got, "\n") != tt.want {
			t.Errorf("%s: %q, %v; want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestThePrefregexStandsAroundTheExpression(t *testing.T) {
	for _, tt := range []struct{ name, pref, expr, want string }{
		{"whole", `^a: <F-CONTENT>.+</F-CONTENT>$`, `^b <HOST>$`, `^a: b {IP_NUMBER}$`},
		{"open", `^a: <F-CONTENT>.+</F-CONTENT>$`, `b <HOST>`, `^a: .*b {IP_NUMBER}`},
		{"followed", `^a: <F-CONTENT>.+</F-CONTENT> denied$`, `^b <HOST>`, `^a: b {IP_NUMBER}.* denied$`},
		{"nothing behind", `^a: <F-CONTENT>.+</F-CONTENT>`, `^b <HOST>$`, `^a: b {IP_NUMBER}$`},
		{"the address in it", `^a <HOST>: <F-CONTENT>.+</F-CONTENT>$`, `^b|^c`, "^a {IP_NUMBER}: b\n^a {IP_NUMBER}: c"},
		{"the address in both", `^a <HOST>: <F-CONTENT>.+</F-CONTENT>$`, `^b <HOST>`, `^a [\w.:-]+: b {IP_NUMBER}`},
		{"groups in both", `^<F-USER>a</F-USER>: <F-CONTENT>.+</F-CONTENT>$`, `^<F-USER>b</F-USER> <HOST>`, `^(?:a): (?P<user>b) {IP_NUMBER}`},
		{"flags within", `^a: <F-CONTENT>.+</F-CONTENT>$`, `(?i)^b <HOST>`, `^a: (?:(?i)b {IP_NUMBER})`},
	} {
		pref, err := readPrefregex(tt.pref)
		if err != nil {
			t.Fatal(err)
		}
		got, err := patterns(tt.expr, pref, source{})
		if err != nil || strings.Join(got, "\n") != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
	for expr, want := range map[string]string{
		`^a$`:                                   "it has no <F-CONTENT>",
		`^a|<F-CONTENT>.+</F-CONTENT>`:          "it has alternatives outside of groups",
		`^(a <F-CONTENT>.+</F-CONTENT>)`:        "it has <F-CONTENT> inside a group",
		`^a <F-CONTENT>.+</F-CONTENT>?`:         "it repeats <F-CONTENT>",
		`^a(?!b) <F-CONTENT>.+</F-CONTENT>`:     "a negative lookahead, which RE2 lacks: leave it out, and write a line with ! and what must not stand there",
		`^(?:a <F-CONTENT>.+</F-CONTENT>|b)$`:   "it has <F-CONTENT> inside a group",
		`^(?:a) <F-CONTENT>.+(</F-CONTENT>) b$`: "its <F-CONTENT> is never closed",
	} {
		if _, err := readPrefregex(expr); err == nil || err.Error() != want {
			t.Errorf("%s: %v; want %s", expr, err, want)
		}
	}
}

// TestFilesOfShippedRulesHaveATagThatTheyKnow compares the tags that are given to logs
// with the lines that the rules are tested on.
func TestFilesOfShippedRulesHaveATagThatTheyKnow(t *testing.T) {
	library := rules.Library()
	for filter, s := range known {
		for _, name := range s.all() {
			if !slices.Contains(library, name) {
				t.Errorf("%s: there are no rules %s", filter, name)
			}
		}
		if got := shippedFor(filter, ""); !takesTag(got.all()[0], got.tag) {
			t.Errorf("%s: the rules %s don't read lines of %s", filter, got.all()[0], got.tag)
		}
	}
}

func TestModesChooseTheTier(t *testing.T) {
	for _, tt := range []struct {
		filter, mode string
		same, more   []string
	}{
		{"sshd", "", []string{"sshd"}, nil},
		{"sshd", "normal", []string{"sshd"}, nil},
		{"sshd", "ddos", []string{"sshd"}, []string{"sshd-aggressive"}},
		{"postfix", "more", []string{"postfix"}, nil},
		{"postfix", "rbl", nil, []string{"postfix"}},
		{"nginx-http-auth", "aggressive", []string{"nginx"}, []string{"nginx-aggressive"}},
		{"gssftpd", "aggressive", []string{"gssftpd"}, nil},
		{"nobody-has-this", "", nil, nil},
	} {
		got := shippedFor(tt.filter, tt.mode)
		if diff := cmp.Diff([][]string{tt.same, tt.more}, [][]string{got.names, got.more}); diff != "" {
			t.Errorf("%s[mode=%s] (-want +got):\n%s", tt.filter, tt.mode, diff)
		}
	}
}
