package rules

// check finds what only all files together show.
func (l *loader) check(entries []*Entry) {
}
