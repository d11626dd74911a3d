package rules

import (
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var directives = []string{"never", "always", "use", "recidive", "include"}

func isDirective(word string) bool { return slices.Contains(directives, word) }

// use is a use directive.
type use struct {
	names   []operand
	verdict *Verdict // nil: the shipped ones
}

// operand is a word of a directive and where it stands.
type operand struct {
	text string
	pos  Pos
}

type recidive struct {
	verdict Verdict
	pos     Pos
}

// directive reads a line above the first entry.
func (p *parser) directive(text string, col int) {
	ws := words(text, col)
	first, rest := ws[0], ws[1:]
	if isDirective(first.text) && first.text != "recidive" && rest[0].text == "" {
		p.fault(rest[0].col, "%s needs %s", first.text, needs[first.text])
		return
	}
	switch first.text {
	case "never":
		p.neverDirective(rest)
	case "always":
		p.alwaysDirective(rest)
	case "use":
		p.useDirective(text, col, len("use"))
	case "recidive":
		p.recidiveDirective(rest)
	case "include":
		if rest[1].text != "" {
			p.fault(rest[1].col, "include takes one path: write a line for each")
			return
		}
		p.includes = append(p.includes, operand{rest[0].text, p.pos(rest[0].col)})
	default:
		p.unknownDirective(text, first)
	}
}

var needs = map[string]string{
	"never":   "an address, a prefix, a host name or the path of a list",
	"always":  "an address, a prefix or the path of a list",
	"use":     "the name of shipped rules, or all",
	"include": "the path of a rules file; * and ? are understood",
}

func (p *parser) unknownDirective(text string, first word) {
	switch near := nearest(first.text, directives); {
	case near != "":
		p.fault(first.col, "unknown directive %s: did you mean %s?", quote(first.text), near)
	case strings.Contains(text, placeholder) || text[0] == '^':
		p.fault(first.col, "a pattern stands inside an entry: write [name] and a verdict such as 12h above it")
	case looksLikeVerdict(text, first.text):
		p.fault(first.col, "a verdict stands inside an entry: write [name] above it")
	default:
		p.fault(first.col, "unknown directive %s: above the first [entry] there may be never, always, use, recidive and include",
			quote(first.text))
	}
}

func (p *parser) neverDirective(ws []word) {
	for _, w := range ws[:len(ws)-1] {
		if isPath(w.text) {
			p.listOperand(w, true)
			continue
		}
		n := Never{Pos: p.pos(w.col)}
		if prefix, ok := parsePrefix(w.text); ok {
			n.Prefix = prefix
		} else if isHostName(w.text) {
			n.Name = w.text
		} else {
			p.fault(w.col, "%s is no address, no prefix, no host name and no path: a path begins with / or ./", quote(w.text))
			continue
		}
		p.never = append(p.never, n)
	}
}

func (p *parser) alwaysDirective(ws []word) {
	for _, w := range ws[:len(ws)-1] {
		prefix, ok := parsePrefix(w.text)
		switch {
		case isPath(w.text):
			p.listOperand(w, false)
		case !ok:
			p.fault(w.col, "%s is no address, no prefix and no path, which begins with / or ./; always takes no names", quote(w.text))
		case prefix.Bits() == 0:
			p.fault(w.col, "%s is everybody", quote(w.text))
		default:
			p.always = append(p.always, prefix)
		}
	}
}

// isPath tells a path from an address, a prefix and a name: none of them begins so.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../")
}

func (p *parser) listOperand(w word, never bool) {
	if _, err := filepath.Match(w.text, ""); err != nil {
		p.fault(w.col, "%s is no pattern of file names: a [ is never closed", quote(w.text))
		return
	}
	p.lists = append(p.lists, List{Path: w.text, Never: never, Pos: p.pos(w.col)})
}

// parsePrefix reads an address or a prefix, unmaps and masks it.
func parsePrefix(s string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if a := prefix.Addr(); a.Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(a.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), true
}

// hostName is what a resolver can be asked for. A last label of digits alone
// would be a mistyped address.
var hostName = regexp.MustCompile(`^(?:[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?\.)*[0-9A-Za-z_-]*[A-Za-z_][0-9A-Za-z_-]*\.?$`)

func isHostName(s string) bool { return len(s) <= 253 && hostName.MatchString(s) }

// useDirective reads: use NAME[, NAME…][: VERDICT]. Commas are blanks.
func (p *parser) useDirective(text string, col, skip int) {
	var u use
	ws := words(strings.ReplaceAll(text[skip:], ",", " "), col+skip)
	for _, w := range ws[:len(ws)-1] {
		name, _, colon := strings.Cut(w.text, ":")
		if name != "" {
			u.names = append(u.names, operand{name, p.pos(w.col)})
		}
		if colon {
			at := w.col + len(name) + 1
			v, err := parseVerdict(words(text[at-col:], at))
			switch {
			case err != nil:
				p.fault(err.col, "%s", err.message)
				return
			case v.Kind != Block:
				p.fault(at, "use replaces block verdicts only, not with %s", v.Kind)
				return
			}
			u.verdict = &v
			break
		}
	}
	if len(u.names) == 0 {
		p.fault(ws[0].col, "use needs %s", needs["use"])
		return
	}
	p.uses = append(p.uses, u)
}

func (p *parser) recidiveDirective(ws []word) {
	v, err := parseVerdict(ws)
	switch {
	case err != nil:
		p.fault(err.col, "%s", err.message)
	case v.Kind != Block || v.Within == 0 || v.Different != "":
		p.fault(ws[0].col, "recidive counts bans: write it like \"recidive 4w after 5 in 7d\"")
	default:
		p.recidive = append(p.recidive, recidive{v, p.pos(ws[0].col)})
	}
}

// nearest returns the candidate that w is most likely a mistyping of, or "".
func nearest(w string, candidates []string) string {
	best, least := "", 1+len(w)/3
	for _, c := range candidates {
		if d := distance(w, c); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete, replace or swap with their
// neighbour to turn a into b; beyond 32 bytes it isn't worth counting.
func distance(a, b string) int {
	if len(a) > 32 || len(b) > 32 {
		return 32
	}
	var d [33][33]int
	for i := 0; i <= len(a); i++ {
		for j := 0; j <= len(b); j++ {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			case a[i-1] == b[j-1]:
				d[i][j] = d[i-1][j-1]
			default:
				d[i][j] = 1 + min(d[i-1][j], d[i][j-1], d[i-1][j-1])
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d[i][j] = min(d[i][j], 1+d[i-2][j-2])
				}
			}
		}
	}
	return d[len(a)][len(b)]
}
