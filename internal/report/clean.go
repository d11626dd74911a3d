package report

import (
	"crypto/rand"
	"encoding/hex"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"syslog-blacklist/internal/mail"
	"syslog-blacklist/rules"
)

// tell makes a line one that strangers may see.
func (r *Reporter) tell(c *suspicion, l *rawLine) string {
	text := l.text
	switch {
	case slices.Contains(r.cfg.Allow, AllowLines):
	case c.shipped || slices.Contains(r.cfg.Allow, AllowRules):
		text = l.pattern.Redact(l.text, append([]string{"port"}, r.cfg.Allow...)...)
	default: // the words of a rule of one's own may name an account, or a host
		text = rules.Hidden + " " + l.addr.String() + " " + rules.Hidden
	}
	if !slices.Contains(r.cfg.Allow, AllowHost) {
		text = hideAddresses(text, l.addr)
		text = hideName(text, r.host)
		text = hideName(text, l.host)
	}
	return mail.Printable(strings.ToValidUTF8(text, "?"))
}

// quads are dotted quads, and colons what may be IPv6, with a dotted quad at its end.
var (
	quads  = regexp.MustCompile(`\d+(?:\.\d+){3,}`)
	colons = regexp.MustCompile(`[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*`)
)

// hideAddresses takes all addresses out of text but the attacker's: they are this
// host's, its network's or its users'.
func hideAddresses(text string, attacker netip.Addr) string {
	hide := func(s string) string {
		core := strings.TrimRight(s, ".:")
		for n := range min(len(core), 5) { // "f::1" may stand in "of::1", behind the o
			a, err := netip.ParseAddr(core[n:])
			if err != nil {
				continue
			}
			if a.Unmap() == attacker {
				return s
			}
			return s[:n] + rules.Hidden + s[len(core):]
		}
		return s
	}
	text = colons.ReplaceAllStringFunc(text, hide)
	return quads.ReplaceAllStringFunc(text, hide)
}

// hideName takes a host's name out of text, and its first label where that stands
// by itself.
func hideName(text, name string) string {
	label, _, dotted := strings.Cut(name, ".")
	if dotted {
		text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(name)).ReplaceAllLiteralString(text, rules.Hidden)
	}
	if label == "" {
		return text
	}
	return regexp.MustCompile(`(?i)(^|[^\pL\pN])`+regexp.QuoteMeta(label)+`($|[^\pL\pN])`).ReplaceAllString(text, "${1}"+rules.Hidden+"${2}")
}

// newUUID returns a random one (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
