package steer

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// witness is a line, and which of its runes each run took for the address.
type witness struct {
	runes []rune
	in    [2][]bool
}

// documentation are addresses to show: what is taken, and the client's. The last pair stands
// for the shortest there are, which are hard to read: "::".
var documentation = [][2]string{{"198.51.100.9", "192.0.2.1"}, {"2001:db8::9", "2001:db8::1"}, {}}

// write returns the line with the given addresses in place of the two, and where
// they stand. An empty one leaves what is there. It returns false when one stands
// in the other and can't be replaced.
func (w witness) write(addresses [2]string) (line string, spans [2][2]int, ok bool) {
	var b strings.Builder
	for i, r := range w.runes {
		written := false
		for k, text := range addresses {
			if !w.in[k][i] {
				continue
			}
			first := i == 0 || !w.in[k][i-1]
			if first {
				spans[k][0] = b.Len()
			}
			if text == "" {
				spans[k][1] = b.Len() + utf8.RuneLen(r)
				continue
			}
			if w.in[1-k][i] {
				return "", spans, false
			}
			written = true
			if first {
				b.WriteString(text)
				spans[k][1] = b.Len()
			}
		}
		if !written {
			b.WriteRune(r)
		}
	}
	return b.String(), spans, true
}

// confirm makes a finding of w with the standard library's word for it: that one
// of the patterns takes an address of the line, the first of them when both match, and that the
// daemon may have written the line with another one.
func confirm(f *Finding, a, b *subject, w witness) bool {
	for _, texts := range documentation {
		for _, addresses := range [][2]string{texts, {texts[1], texts[0]}} {
			line, spans, ok := w.write(addresses)
			if ok && judge(f, a, b, line, spans) && (texts[0] == "" || line[f.Taken[0]:f.Taken[1]] == texts[0]) {
				return true
			}
		}
	}
	return false
}

// judge makes a finding of a line that a reads with an address in the first place, and
// b, widened, in the second. Either may be the true one, since a's own daemon may have
// written the line too: whichever is taken, it can be wrong.
func judge(f *Finding, a, b *subject, line string, spans [2][2]int) bool {
	taker, taken, ok := pick(line, a, b)
	if !ok {
		return false
	}
	writer, truth := b, spans[1]
	if taken[0] == truth[0] {
		writer, truth = a, spans[0]
	}
	if taken[0] == truth[0] || !writer.couldWrite(line, truth) {
		return false
	}
	*f = Finding{Pattern: taker.index, Other: writer.index, Line: line, Taken: taken, True: truth}
	return true
}

// pick returns what the first pattern that matches line takes from it.
func pick(line string, a, b *subject) (taker *subject, taken [2]int, ok bool) {
	if b.index < a.index {
		a, b = b, a
	}
	for _, s := range []*subject{a, b} {
		if loc := s.strict().FindStringSubmatchIndex(line); loc != nil {
			g := 2 * s.strict().SubexpIndex(s.Group)
			return s, [2]int{loc[g], loc[g+1]}, true
		}
	}
	return nil, taken, false
}

// couldWrite tells whether the daemon may have written line in the form of s, with the
// client's address at the given place.
func (s *subject) couldWrite(line string, address [2]int) bool {
	if !s.isAddress(line, address) {
		return false
	}
	literal := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune(line[address[0]:address[1]])}
	wide, err := regexp.Compile(with(s.writes.tree, s.Group, literal).String())
	if err != nil {
		return false
	}
	loc := wide.FindStringSubmatchIndex(line)
	return loc != nil && loc[2*wide.SubexpIndex(s.Group)] == address[0]
}

// isAddress tells whether s can take the given place of line for an address, as far
// as the group and the runes beside it say.
func (s *subject) isAddress(line string, at [2]int) bool {
	_, left := utf8.DecodeLastRuneInString(line[:at[0]])
	_, right := utf8.DecodeRuneInString(line[at[1]:])
	beside := func(n int) int { return min(n, 1) }
	content, err := regexp.Compile(fmt.Sprintf(`^(?s:.{%d})(?:%s)(?s:.{%d})$`, beside(left), groupOf(s.reads.tree, s.Group).Sub[0], beside(right)))
	return err == nil && content.MatchString(line[at[0]-left:at[1]+right])
}

// groupOf returns the group of that name in re, nil when there is none.
func groupOf(re *syntax.Regexp, name string) *syntax.Regexp {
	if re.Op == syntax.OpCapture && re.Name == name {
		return re
	}
	for _, sub := range re.Sub {
		if g := groupOf(sub, name); g != nil {
			return g
		}
	}
	return nil
}
