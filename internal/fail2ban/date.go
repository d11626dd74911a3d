package fail2ban

import "strings"

// withinLine reports a datepattern that finds the time somewhere in a line. fail2ban
// cuts it out there, so that its expressions are on what is left; here it stands, but
// for those that a line begins with.
func withinLine(pattern value) []Problem {
	var problems []Problem
	for _, l := range pattern {
		text := strings.TrimSpace(l.text)
		atStart := text == "" || strings.HasPrefix(text, "^") || strings.HasPrefix(text, "{^") || strings.HasPrefix(text, "{EPOCH") || strings.HasPrefix(text, "{NONE")
		if !atStart {
			problems = append(problems, Problem{l.at.file, l.at.line,
				"datepattern: " + quote(text) + " is cut out by fail2ban, and stands in the line here: look at the patterns that go across it"})
		}
	}
	return problems
}
