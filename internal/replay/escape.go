package replay

import (
	"strconv"
	"strings"
)

var unquote = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// escape makes s fit for a terminal: what is not printable stands as \x1b or
// \u202e, and all else stays readable.
func escape(s string) string {
	q := strconv.Quote(s)
	return unquote.Replace(q[1 : len(q)-1])
}

// shorten cuts s to n runes and shows it.
func shorten(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
