package rules_test

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// addressText draws addresses in every notation, some of them damaged, and soup.
func addressText(t *rapid.T) string {
	bytes := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 9, 10, 99, 100, 192, 255}), 16, 16).Draw(t, "bytes")
	a := netip.AddrFrom16([16]byte(bytes))
	var s string
	switch rapid.IntRange(0, 6).Draw(t, "notation") {
	case 0:
		s = netip.AddrFrom4([4]byte(bytes[:4])).String()
	case 1:
		s = a.String()
	case 2:
		s = a.StringExpanded()
	case 3:
		s = rapid.SampledFrom([]string{"::ffff:", "::FFFF:", "0:0:0:0:0:ffff:", "0000:0:00:0:000:ffff:", "::", "64:ff9b::", "::ffff:0:"}).Draw(t, "prefix") +
			netip.AddrFrom4([4]byte(bytes[:4])).String()
	case 4: // by hand, with a :: somewhere
		groups := rapid.SliceOfN(rapid.SampledFrom([]string{"0", "1", "f", "0db8", "FFFF", "12345", ""}), 0, 9).Draw(t, "groups")
		at := rapid.IntRange(0, len(groups)).Draw(t, "at")
		s = strings.Join(groups[:at], ":") + "::" + strings.Join(groups[at:], ":")
	case 5:
		s = strings.ToUpper(a.String())
	default:
		return rapid.StringOfN(rapid.SampledFrom([]rune("0123456789abcfF::..-")), 1, 24, -1).Draw(t, "soup")
	}
	if rapid.IntRange(0, 3).Draw(t, "damage") == 0 && len(s) > 1 {
		i := rapid.IntRange(0, len(s)-1).Draw(t, "where")
		s = s[:i] + rapid.SampledFrom([]string{"", "0", ":", ".", "1"}).Draw(t, "by") + s[i+1:]
	}
	return s
}

// mapped is how programs write an IPv4-mapped address.
var mapped = regexp.MustCompile(`^(?:::|(?:0{1,4}:){5})[Ff]{4}:\d+\.`)

// want is what {IP_NUMBER} must read from s: what netip reads, except that an
// IPv4 address in the tail of an IPv6 one is that of a mapped address only.
func want(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil || strings.Contains(s, ".") && strings.Contains(s, ":") && !mapped.MatchString(s) {
		return netip.Addr{}
	}
	return a.Unmap()
}

func TestIPNumberTakesWhatNetipTakes(t *testing.T) {
	set := mustParse(t, "[e]\n1h\n^x: {IP_NUMBER}$\n")
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			s := addressText(t)
			h, _ := match(set, "x: "+s)
			if h.Addr != want(s) {
				t.Fatalf("%q is read as %v, want %v", s, h.Addr, want(s))
			}
		}
	})
}

// neighbours are patterns, each with whether its text left and right of the
// address is the author's word for a joiner there.
var neighbours = []struct {
	pattern     string
	left, right bool
}{
	{`^x: {IP_NUMBER} port`, true, true},
	{`^x: {IP_NUMBER}`, true, false},
	{`{IP_NUMBER}`, false, false},
	{`^x: .*{IP_NUMBER}`, false, false},
	{`^x: .*{IP_NUMBER}.*$`, false, false},
	{`^x: .*?{IP_NUMBER}.*? end`, false, false},
	{`^x: \S+{IP_NUMBER}[ ]`, false, true},
	{`^x: \S{1,3}{IP_NUMBER}\S{0,3}[ ]`, false, false},
	{`^x: [^ ]*{IP_NUMBER}[^ ]+ end`, false, false},
	{`^x: \[{IP_NUMBER}\]:\d+`, true, true},
	{`^x: {IP_NUMBER}:\d+[ ]`, true, true},
	{`^x: {IP_NUMBER}/\d+`, true, true},
	{`^x: a?{IP_NUMBER}b?$`, true, true},
	{`^x: {IP_NUMBER}(?::\d+)?\]`, true, true},
	{`^x: \W+{IP_NUMBER}\W+end`, false, false},
	{`^x: (?P<a>\S*)-{IP_NUMBER}-y`, true, true},
	{`^x: (?:\S+|by ){IP_NUMBER}(?:\.|$)`, false, true},
	{`^x: (?P<a>.*(?:from )){IP_NUMBER}(?P<b>.)`, true, false},
	{`^x: [:=]+{IP_NUMBER}`, true, false},
}

var (
	isAddress = regexp.MustCompile(`^[0-9A-Fa-f:.]+$`)
	zone      = regexp.MustCompile(`^%[0-9A-Za-z_.-]+`)
)

// hole is a character that stands for an address, in a pattern and in a line.
const hole = "\uE000"

// readings returns the addresses that the definition allows a pattern to take from
// line: the place of an address, in brackets or not, is filled with the hole that
// re has in the placeholder's place, and what stands beside it is looked at.
func readings(re *regexp.Regexp, line string, leftOwn, rightOwn bool) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for i := range len(line) {
		for k := i + 2; k <= len(line); k++ {
			s := line[i:k]
			if !isAddress.MatchString(s) || !want(s).IsValid() || word(line, i-1) || word(line, k) {
				continue
			}
			starts, ends := []int{i}, []int{k}
			if i > 0 && line[i-1] == '[' {
				starts = append(starts, i-1)
			}
			for n := len(zone.FindString(line[k:])); n > 1; n-- {
				ends = append(ends, k+n)
			}
			for _, e := range ends {
				if e < len(line) && line[e] == ']' {
					ends = append(ends, e+1)
				}
			}
			for _, b := range starts {
				for _, e := range ends {
					if (leftOwn || !joiner(line, b-1)) && (rightOwn || !joiner(line, e) || !word(line, e+1)) &&
						re.MatchString(line[:b]+hole+line[e:]) {
						out[want(s)] = true
					}
				}
			}
		}
	}
	return out
}

func word(line string, i int) bool {
	return i >= 0 && i < len(line) && syntax.IsWordChar(rune(line[i]))
}

func joiner(line string, i int) bool {
	return i >= 0 && i < len(line) && strings.IndexByte(".:-", line[i]) >= 0
}

func TestTheAddressIsNeverPartOfALongerToken(t *testing.T) {
	for _, n := range neighbours {
		set := mustParse(t, "[e]\n1h\n"+n.pattern+"\n")
		re := regexp.MustCompile(strings.Replace(n.pattern, "{IP_NUMBER}", hole, 1))
		t.Run(n.pattern, rapid.MakeCheck(func(t *rapid.T) {
			line := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
				"192.0.2.1", "10.0.0.255", "256.1.1.1", "01.2.3.4", "::1", "2001:db8::5", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8",
				"12:34:56", "00:1b:44:11:3a:b7", ".", ":", "-", " ", "=", "x", "5", "_", "[", "]", "/24", ":22", " end", " port 22",
				"from ", "by ", ".bc.example.com", "é", "]:80", "-y", "%eth0", "\xff",
			}), 1, 5).Draw(t, "tokens"), "")
			if strings.HasPrefix(n.pattern, "^x: ") {
				line = "x: " + line
			}
			allowed := readings(re, line, n.left, n.right)
			h, ok := match(set, line)
			if ok != (len(allowed) > 0) || ok && !allowed[h.Addr] {
				t.Fatalf("%q: got %v, allowed %v\nas %s", line, h.Addr, allowed, set.Entries()[0].Patterns[0].Expr())
			}
		}))
	}
}
