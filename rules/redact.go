package rules

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// Hidden stands in a redacted line for what was taken out of it.
const Hidden = "***"

// Redact returns what of a line may be shown to strangers: the words that the
// pattern spells out, which stand in a rules file, the address, and the groups
// named in show. Whatever a part of the pattern leaves open is Hidden: a user's
// name, a host's, a path, a number. So is what stands before and behind the match.
//
// It compiles an expression at each call, and is not for every message.
func (p *Pattern) Redact(line string, show ...string) string {
	shown := map[string]bool{addressGroup: true}
	for _, name := range show {
		shown[name] = true
	}
	re, err := regexp.Compile(hide(p.tree, shown).String())
	if err != nil {
		return Hidden
	}
	loc := re.FindStringSubmatchIndex(line)
	if loc == nil {
		return Hidden
	}
	return without(line, loc)
}

// without returns line with what the groups of loc took hidden, and what lies
// outside the match. Groups stand in order and not in one another.
func without(line string, loc []int) string {
	var b strings.Builder
	at := 0
	hidden := func(end int) {
		if end > at && !strings.HasSuffix(b.String(), Hidden) {
			b.WriteString(Hidden)
		}
		at = end
	}
	hidden(loc[0])
	for i := 2; i < len(loc); i += 2 {
		if start, end := loc[i], loc[i+1]; start >= 0 {
			b.WriteString(line[at:start])
			at = start
			hidden(end)
		}
	}
	b.WriteString(line[at:loc[1]])
	at = loc[1]
	hidden(len(line))
	return b.String()
}

// hide makes a group of whatever is open in re, and of nothing else.
func hide(re *syntax.Regexp, shown map[string]bool) *syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		if shown[re.Name] {
			return plain(re.Sub[0])
		}
		if re.Name == "" {
			return hide(re.Sub[0], shown)
		}
	case syntax.OpConcat, syntax.OpAlternate, syntax.OpQuest:
		out := *re
		out.Sub = nil
		for _, s := range re.Sub {
			out.Sub = append(out.Sub, hide(s, shown))
		}
		return &out
	case syntax.OpCharClass:
		if signs(re.Rune) {
			return re
		}
	case syntax.OpLiteral, syntax.OpEmptyMatch, syntax.OpNoMatch, syntax.OpBeginLine, syntax.OpEndLine,
		syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return re
	}
	return &syntax.Regexp{Op: syntax.OpCapture, Sub: []*syntax.Regexp{plain(re)}}
}

// plain takes the groups out of re, which would be hidden.
func plain(re *syntax.Regexp) *syntax.Regexp {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	out := *re
	out.Sub = nil
	for _, s := range re.Sub {
		out.Sub = append(out.Sub, plain(s))
	}
	return &out
}
