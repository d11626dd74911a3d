package replay

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"syslog-blacklist/rules"
)

// wild are the expressions that stand for a part in a pattern.
var wild = [...]string{number: `\d+`, identifier: `\w+`, address: `\S+`, freeWord: `\S+`}

// announcers are words before the address of whoever is to blame.
var announcers = []string{"from ", "from [", "from=", "client ", "client=", "rhost=", "ip=", "rip=", "src=", "addr=", "peer=", "host="}

// suggest returns a pattern for lines of the sample's shape, or false when there
// is no address in them, or something that is not printable. It is held to what
// it promises: that it is faultless, and takes the sample with that address.
func suggest(sample []byte) (string, bool) {
	ps, whole := parts(sample)
	who := offender(ps)
	if who < 0 {
		return "", false
	}
	pattern := expression(ps, who, whole)
	if escape(pattern) != pattern {
		return "", false
	}
	set, _ := rules.Parse("suggestion", []byte("[suggestion]\n1h\n"+pattern+"\n"))
	if set == nil {
		return "", false
	}
	m := set.Matcher()
	defer set.Release(m)
	var hit rules.Hit
	want, err := netip.ParseAddr(ps[who].text)
	return pattern, err == nil && m.Match(sample, false, &hit) && hit.Addr == want.Unmap()
}

// offender returns the part with the address of whoever is to blame: the one that
// is announced, or else the first. -1 tells that there is none.
func offender(ps []part) int {
	for i := 1; i < len(ps); i++ {
		before := strings.ToLower(ps[i-1].text)
		if ps[i].kind == address && ps[i-1].kind == literal &&
			slices.ContainsFunc(announcers, func(a string) bool { return strings.HasSuffix(before, a) }) {
			return i
		}
	}
	return slices.IndexFunc(ps, func(p part) bool { return p.kind == address })
}

// expression writes the parts as a pattern, with who as {IP_NUMBER}.
func expression(ps []part, who int, whole bool) string {
	var b strings.Builder
	b.WriteByte('^')
	for i, p := range ps {
		switch {
		case i == who:
			b.WriteString("{IP_NUMBER}")
		case p.kind == literal:
			b.WriteString(regexp.QuoteMeta(p.text))
		case p.kind == quoted:
			end := p.text[len(p.text)-1:]
			b.WriteString(p.text[:1] + "[^" + end + "]*" + end)
		default:
			b.WriteString(wild[p.kind])
		}
	}
	if whole {
		b.WriteByte('$')
	}
	return b.String()
}
