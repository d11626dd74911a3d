package page

import (
	"cmp"
	"slices"

	"syslog-blacklist/internal/control"
)

// bound keeps the rows that matter most: the entries with the most hits, and the
// senders that have been silent for longest.
func (s *State) bound() {
	s.Entries, s.Senders = len(s.Status.Entries), len(s.Status.Senders)
	s.Status.Entries = first(s.Status.Entries, func(a, b control.Entry) int {
		return cmp.Or(cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Name, b.Name))
	})
	s.Status.Senders = first(s.Status.Senders, func(a, b control.Sender) int {
		return cmp.Or(cmp.Compare(heard(a), heard(b)), cmp.Compare(a.Name, b.Name))
	})
}

func first[T any](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return list[:min(len(list), maxRows)]
}

// heard is 0 for a sender that never was.
func heard(s control.Sender) int64 {
	if s.Last == nil {
		return 0
	}
	return s.Last.Unix()
}
