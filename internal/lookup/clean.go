package lookup

import (
	"strings"
	"unicode"
)

// maxLabel bounds a holder's name, in bytes.
const maxLabel = 120

// label makes one line of text out of what a stranger wrote: no control or format
// characters (terminal escapes, line ends, marks that turn the writing around),
// valid UTF-8, blanks folded, at most maxLabel bytes.
func label(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			continue
		}
		if b.Len()+5 > maxLabel { // a blank and the longest rune
			break
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hostname returns s as a name of RFC 1123, with underscores as they are found in
// practice, without the final dot and in lower case; or empty when it is none.
func hostname(s string) string {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if len(s) > 253 || !strings.Contains(s, ".") {
		return ""
	}
	for l := range strings.SplitSeq(s, ".") {
		if l == "" || len(l) > 63 || l[0] == '-' || strings.ContainsFunc(l, notInName) {
			return ""
		}
	}
	return s
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// mailbox returns s as a bare address that is safe in a header and in an argument,
// or empty. Quoted local parts and addresses beyond ASCII are refused: no abuse
// desk needs one.
func mailbox(s string) string {
	if len(s) > len("mailto:") && strings.EqualFold(s[:len("mailto:")], "mailto:") { // jCard's type uri
		s = s[len("mailto:"):]
	}
	local, domain, ok := strings.Cut(s, "@")
	domain = hostname(domain)
	if !ok || domain == "" || local == "" || len(local) > 64 || local[0] == '-' || strings.ContainsFunc(local, notInLocal) {
		return ""
	}
	return local + "@" + domain
}

func notInLocal(r rune) bool {
	return notInName(unicode.ToLower(r)) && (r > '~' || !strings.ContainsRune(".+=/&'", r))
}
