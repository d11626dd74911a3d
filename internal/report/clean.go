package report

import (
	"crypto/rand"
	"encoding/hex"
	"net/netip"
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
	case c.shipped != "" || slices.Contains(r.cfg.Allow, AllowRules):
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

// maxAddress is the length of the longest address as text.
const maxAddress = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

// hideAddresses takes all addresses out of text but the attacker's: they are this
// host's, its network's or its users'.
func hideAddresses(text string, attacker netip.Addr) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		n, a := addressAt(text[i:])
		switch {
		case n == 0:
			n = 1
			b.WriteByte(text[i])
		case a == attacker:
			b.WriteString(text[i : i+n])
		default:
			b.WriteString(rules.Hidden)
		}
		i += n
	}
	return b.String()
}

// addressAt returns the longest address that text begins with, and its length; 0 when
// there is none.
func addressAt(text string) (int, netip.Addr) {
	n := 0
	for n < min(len(text), maxAddress) && strings.IndexByte("0123456789abcdefABCDEF:.", text[n]) >= 0 {
		n++
	}
	for ; n >= len("::"); n-- {
		if a, err := netip.ParseAddr(text[:n]); err == nil {
			return n, a.Unmap()
		}
	}
	return 0, netip.Addr{}
}

// hideName takes a host's name out of text, and its first label where that stands
// by itself.
func hideName(text, name string) string {
	label, _, dotted := strings.Cut(name, ".")
	if dotted {
		text = hideText(text, name, false)
	}
	return hideText(text, label, true)
}

// hideText takes name out of text, however its letters are written; a word only
// where no letter or digit stands beside it.
func hideText(text, name string, word bool) string {
	if name == "" {
		return text
	}
	var b strings.Builder
	low, name := lower(text), lower(name)
	for at := 0; ; {
		i := strings.Index(low[at:], name)
		if i < 0 {
			b.WriteString(text[at:])
			return b.String()
		}
		start, end := at+i, at+i+len(name)
		if word && (start > 0 && alphanumeric(low[start-1]) || end < len(low) && alphanumeric(low[end])) {
			b.WriteString(text[at:end])
		} else {
			b.WriteString(text[at:start] + rules.Hidden)
		}
		at = end
	}
}

// lower changes ASCII alone, so that offsets stay what they are.
func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c | 0x20
		}
	}
	return string(out)
}

func alphanumeric(lower byte) bool {
	return 'a' <= lower && lower <= 'z' || '0' <= lower && lower <= '9'
}

// newUUID returns a random one (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
