package replay

import (
	"bytes"
	"net/netip"
	"strings"
)

// maxShape is how much of a line makes its shape, in bytes.
const maxShape = 400

// A part is a piece of a line: words that stay, or something that differs from
// line to line.
type part struct {
	kind partKind
	text []byte // of the line
}

type partKind uint8

const (
	literal    partKind = iota
	number              // digits
	identifier          // digits and letters
	address             // what netip takes
	quoted              // "…", '…', <…> with its quotes
	freeWord            // a name, a path, whatever has no blank
)

// masks are what stands for a part in a shape that people see.
var masks = [...]string{number: "N", identifier: "ID", address: "ADDRESS", quoted: "…", freeWord: "*"}

// appendParts cuts a line into its parts and appends them to ps. whole is false
// when the line goes on behind them.
func appendParts(ps []part, line []byte) (all []part, whole bool) {
	whole = len(line) <= maxShape
	line = line[:min(len(line), maxShape)]
	start := 0 // of the literal under way
	emit := func(kind partKind, from, to int) {
		if start < from {
			ps = append(ps, part{literal, line[start:from]})
		}
		ps = append(ps, part{kind, line[from:to]})
		start = to
	}
	for i := 0; i < len(line); {
		kind, n := variable(line, i)
		switch {
		case n > 0:
			emit(kind, i, i+n)
			i += n
		case isWord(line[i]):
			i += wordLen(line[i:])
		default:
			i++
		}
	}
	if start < len(line) {
		ps = append(ps, part{literal, line[start:]})
	}
	return ps, whole
}

// variable returns the variable part that begins at line[i], and its length, or 0.
// It is asked at the beginning of words and between them.
func variable(line []byte, i int) (partKind, int) {
	rest := line[i:]
	before := byte(' ')
	if i > 0 {
		before = line[i-1]
	}
	// A quotation that tells the failure, or an address, is read as the rest is.
	if n := quotedLen(rest, before); n > 0 && !looksLikeFailure(rest[1:n-1]) && addressLen(rest[1:]) == 0 {
		return quoted, n
	}
	if n := addressLen(rest); n > 0 && !joins(before) {
		return address, n
	}
	if n := freeLen(line[:i], rest); n > 0 {
		return freeWord, n
	}
	if isRefusal(line, i) {
		return literal, 0
	}
	return counted(rest)
}

// counted returns the number or the identifier at the head of b.
func counted(b []byte) (partKind, int) {
	n := wordLen(b)
	digits, letters := 0, 0 // letters of hexadecimal numbers
	for _, c := range b[:n] {
		if isDigit(c) {
			digits++
		} else if c|0x20 <= 'f' && isLetter(c) {
			letters++
		}
	}
	switch {
	case digits == n:
		return number, n
	case digits > 0 && (isDigit(b[0]) || digits+letters == n && n >= 6 || digits > 2 && n >= 10):
		return identifier, n
	}
	return literal, 0
}

// appendShape appends to dst what lines of one kind have in common.
func appendShape(dst []byte, ps []part, whole bool) []byte {
	for _, p := range ps {
		switch p.kind {
		case literal:
			dst = append(dst, p.text...)
		case quoted:
			dst = append(dst, p.text[0])
			dst = append(dst, masks[quoted]...)
			dst = append(dst, p.text[len(p.text)-1])
		default:
			dst = append(dst, masks[p.kind]...)
		}
	}
	if !whole {
		dst = append(dst, " …"...)
	}
	return dst
}

// quotedLen returns the length of a quotation at the head of b, 0 when there is
// none. Behind a letter a quote is an apostrophe, or ends something.
func quotedLen(b []byte, before byte) int {
	end := b[0]
	switch {
	case isWord(before):
		return 0
	case end == '<':
		end = '>'
	case end != '"' && end != '\'' && end != '`':
		return 0
	}
	n := bytes.IndexByte(b[1:], end)
	if n < 0 {
		return 0
	}
	return n + 2
}

// addressLen returns the length of an address at the head of b that is a token of
// its own, 0 when there is none. A port behind it is not part of it.
func addressLen(b []byte) int {
	n := 0
	for n < len(b) && n < 48 && (isDigit(b[n]) || isLetter(b[n]) && b[n]|0x20 <= 'f' || b[n] == ':' || b[n] == '.') {
		n++
	}
	if n < 2 || n < len(b) && joins(b[n]) {
		return 0
	}
	run := strings.TrimRight(string(b[:n]), ".:")
	if !strings.ContainsAny(run, ".:") {
		return 0
	}
	if _, err := netip.ParseAddr(run); err == nil {
		return len(run)
	}
	if a, err := netip.ParseAddrPort(run); err == nil {
		return len(a.Addr().String())
	}
	return 0
}

// joins tells whether c beside an address makes it part of something longer.
func joins(c byte) bool { return isWord(c) || c == '-' || c == '.' || c == ':' }

func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' || c >= 0x80 }

func wordLen(b []byte) int {
	n := 0
	for n < len(b) && isWord(b[n]) {
		n++
	}
	return n
}

// freeLen returns the length of a path, a mail address or somebody's name at the
// head of b, 0 when there is none.
func freeLen(before, b []byte) int {
	n := bytes.IndexAny(b, " \t,;()[]{}<>\"'`")
	if n < 0 {
		n = len(b)
	}
	n = len(bytes.TrimRight(b[:n], ".:"))
	at := bytes.IndexByte(b[:n], '@')
	switch {
	case at > 0 && bytes.IndexByte(b[:at], '=') < 0:
		if addressLen(b[at+1:]) > 0 { // user@192.0.2.1
			return at
		}
		return n
	case n > 1 && b[0] == '/', n > 0 && isWord(b[0]) && namesSomebody(before) && !fillers[string(bytes.ToLower(b[:n]))]:
		return n
	}
	return 0
}

// namers are what a name stands behind, fillers the words that can stand there
// instead.
var (
	namers = [][]byte{
		[]byte("user "), []byte("user="), []byte("user: "), []byte("username "), []byte("username="), []byte("username: "),
		[]byte("account "), []byte("account="), []byte("account: "), []byte("login="), []byte("login: "), []byte("name="), []byte("name: "),
		[]byte("for "),
	}
	fillers = map[string]bool{
		"not": true, "is": true, "was": true, "has": true, "does": true, "from": true, "unknown": true, "failed": true, "failure": true,
		"attempt": true, "attempts": true, "user": true, "account": true, "invalid": true, "illegal": true, "the": true, "name": true,
		"with": true, "by": true, "in": true, "on": true, "at": true, "denied": true, "rejected": true, "login": true, "or": true, "for": true,
	}
)

// namesSomebody tells whether the words before announce a name.
func namesSomebody(before []byte) bool {
	for _, n := range namers {
		if head, ok := bytes.CutSuffix(before, n); ok && (len(head) == 0 || !isLetter(head[len(head)-1])) {
			return true
		}
	}
	return false
}
