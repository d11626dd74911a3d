package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"syslog-blacklist/rules"
)

// nothingChosen begins the explanation of a pattern in whose lines nobody chooses a word, so
// that no line of the daemon's holds a second address.
const nothingChosen = "nothing in the line is"

// explained returns the patterns of a shipped file that a "# steering:" comment speaks for.
func explained(set *rules.Set) []*rules.Pattern {
	var out []*rules.Pattern
	for _, e := range set.Entries() {
		for _, p := range e.Patterns {
			if p.Steering != "" && strings.Contains(p.Text, "{IP_NUMBER}") && !strings.HasPrefix(p.Steering, nothingChosen) {
				out = append(out, p)
			}
		}
	}
	return out
}

// hostile returns the line with another address in it, in the fields of these names.
func hostile(re *regexp.Regexp, line, address string, names []string) []string {
	var out []string
	loc := re.FindStringSubmatchIndex(line)
	for _, name := range names {
		from, to := loc[2*re.SubexpIndex(name)], loc[2*re.SubexpIndex(name)+1]
		if name == "IP_NUMBER" || from < 0 || number.MatchString(line[from:to]) {
			continue
		}
		for _, s := range append(words(), strings.ReplaceAll(line[from:], address, foreign)) {
			out = append(out, line[:from]+s+line[to:])
		}
	}
	return out
}

// hostileEnds returns the line with another address at each sign behind what the pattern
// asks for: none where the pattern goes on to the end of the line.
func hostileEnds(p *rules.Pattern, re *regexp.Regexp, line, address string) []string {
	if strings.HasSuffix(p.Text, "$") {
		return nil
	}
	_, text, _ := strings.Cut(line, ": ")
	var out []string
	for at := re.FindStringIndex(line)[1]; at <= len(line); at++ {
		if at < len(line) && !strings.ContainsRune(` "'<>[](){},;:/=`, rune(line[at])) {
			continue
		}
		for _, s := range append(words(), " "+strings.ReplaceAll(text, address, foreign)) {
			out = append(out, line[:at]+s+line[at:])
		}
	}
	return out
}

// An explanation is the author's word on who writes a field. What it can be tried on is: a
// second address behind what the pattern asks for changes nothing (as in the client's own
// fields, see TestNothingInAClientsFieldChangesTheAddress), and at least one line with a second
// address is of the pattern's form, so that the comment has something to speak of.
func TestExplainedPatternsTakeNoSecondAddress(t *testing.T) {
	shippedSamples(t, func(t *testing.T, own, all *rules.Set, samples []sample) {
		for _, p := range explained(own) {
			re := regexp.MustCompile(p.Expr())
			tried := false
			try := func(line, address string) (ok bool) {
				ok = !deceived(own, line, address) && !deceived(all, line, address)
				tried = tried || ok && strings.Contains(line, foreign) && re.MatchString(line)
				return ok
			}
			for _, s := range samples {
				address, _, _ := strings.Cut(s.want, " ")
				try(s.line, address)
				if h, ok := match(own, s.line); !ok || h.Pattern != p {
					continue
				}
				for _, line := range hostileEnds(p, re, s.line, address) {
					if !try(line, address) {
						t.Errorf("another address than %s is taken:\n%s", address, line)
						break
					}
				}
				for _, line := range hostile(re, s.line, address, slices.DeleteFunc(slices.Clone(re.SubexpNames()), func(n string) bool { return n == "" })) {
					try(line, address)
				}
			}
			if !tried {
				t.Errorf("%s: no sample with a second address, as %s, has the form that the comment speaks for: %s", p.Pos, foreign, p.Text)
			}
		}
	})
}
