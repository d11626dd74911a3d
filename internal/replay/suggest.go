package replay

import (
	"context"
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

// suggest returns a pattern for lines of the sample's shape, or nothing when there
// is none. doubt says what the proof against steering has against it.
func suggest(sample []byte) (pattern, doubt string) {
	pattern, set := draft(sample)
	if set == nil {
		return "", ""
	}
	findings, _ := set.Prove(context.Background()) // some milliseconds: nothing ends it early
	for _, f := range findings {
		if f.Severity == rules.Warning {
			return pattern, f.Message
		}
	}
	return pattern, ""
}

// draft returns a pattern for lines of the sample's shape, and the rules that
// consist of it. They are nil when there is no address in the sample, or something
// that is not printable, or when the pattern is faulty or does not take the sample
// with that address.
func draft(sample []byte) (string, *rules.Set) {
	ps, whole := appendParts(nil, sample)
	who := offender(ps)
	if who < 0 {
		return "", nil
	}
	pattern := expression(ps, who, whole)
	if escape(pattern) != pattern {
		return "", nil
	}
	set, _ := rules.Parse("suggestion", []byte("[suggestion]\n1h\n"+pattern+"\n"))
	if set == nil || !takes(set, sample, string(ps[who].text)) {
		return "", nil
	}
	return pattern, set
}

// takes tells whether set takes addr out of line.
func takes(set *rules.Set, line []byte, addr string) bool {
	m := set.Matcher()
	defer set.Release(m)
	var hit rules.Hit
	want, err := netip.ParseAddr(addr)
	return err == nil && m.Match(line, false, &hit) && hit.Addr == want.Unmap()
}

// offender returns the part with the address of whoever is to blame: the one that
// is announced, or else the first. -1 tells that there is none.
func offender(ps []part) int {
	for i := 1; i < len(ps); i++ {
		before := strings.ToLower(string(ps[i-1].text))
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
			b.WriteString(regexp.QuoteMeta(string(p.text)))
		case p.kind == quoted:
			end := string(p.text[len(p.text)-1:])
			b.WriteString(string(p.text[:1]) + "[^" + end + "]*" + end)
		default:
			b.WriteString(wild[p.kind])
		}
	}
	if whole {
		b.WriteByte('$')
	}
	return b.String()
}
