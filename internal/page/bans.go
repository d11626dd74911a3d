package page

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/control"
)

// maxRows is how many rows of one kind the page gets: more than anybody reads.
const maxRows = 200

// maxQuery bounds what is searched for, in bytes.
const maxQuery = 200

// Ban is an address that is kept out.
type Ban struct {
	Prefix netip.Prefix
	Entry  string
	Since  time.Time // zero: unknown
	Until  time.Time // zero: for ever
	Nth    int       // counts the prefix's bans, from 1; 0 where none are counted
	Hits   uint64    // since it began
}

// found is what a search came to: the youngest of the bans that match.
type found struct {
	Total int   `json:"total"` // bans in force
	Found int   `json:"found"` // those that match
	Bans  []row `json:"bans"`
}

// row is a Ban as it is sent: times are Unix seconds, 0 for unknown and for ever.
type row struct {
	Address string `json:"address"`
	Entry   string `json:"entry"`
	Since   int64  `json:"since"`
	Until   int64  `json:"until"`
	Nth     int    `json:"nth"`
	Hits    uint64 `json:"hits"`

	Who *control.Who `json:"who"`
}

// scan searches the bans. With a million of them that takes some tenths of a
// second, so there is one search at a time, however many look on.
type scan struct {
	from Source
	turn chan struct{} // holds the search that is under way
}

func (s *scan) find(ctx context.Context, q query) (found, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
	out := found{Bans: []row{}}
	var young youngest
	err := s.from.Bans(ctx, func(b Ban) {
		out.Total++
		if q.matches(&b) {
			out.Found++
			young.add(b)
		}
	})
	for _, b := range young.first() {
		out.Bans = append(out.Bans, row{address(b.Prefix), b.Entry, unix(b.Since), unix(b.Until), b.Nth, b.Hits, s.from.Who(b.Prefix)})
	}
	return out, err
}

// youngest keeps the maxRows youngest of the bans it is given.
type youngest struct {
	bans []Ban
}

func (y *youngest) add(b Ban) {
	y.bans = append(y.bans, b)
	if len(y.bans) == 8*maxRows { // seldom sorted, so that each ban costs little
		y.bans = y.first()
	}
}

func (y *youngest) first() []Ban {
	slices.SortFunc(y.bans, func(a, b Ban) int {
		return cmp.Or(b.Since.Compare(a.Since), a.Prefix.Compare(b.Prefix))
	})
	return y.bans[:min(len(y.bans), maxRows)]
}

// query is what is searched for: a part of an entry's name or of an address as it
// is written, or an address that a banned prefix covers. The zero query matches all.
type query struct {
	text string // lower case
	addr netip.Addr
}

func parseQuery(s string) (query, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) > maxQuery {
		return query{}, fmt.Errorf("search: at most %d bytes", maxQuery)
	}
	q := query{text: s}
	if a, err := netip.ParseAddr(s); err == nil {
		q.addr = a.Unmap().WithZone("")
	}
	return q, nil
}

func (q query) matches(b *Ban) bool {
	if q.text == "" || b.Prefix.Contains(q.addr) || strings.Contains(strings.ToLower(b.Entry), q.text) {
		return true
	}
	var buf [64]byte // on the stack: a million addresses are written in vain
	return strings.Contains(string(appendAddress(buf[:0], b.Prefix)), q.text)
}

func address(p netip.Prefix) string { return string(appendAddress(nil, p)) }

// appendAddress writes a single address without its prefix length, as people do.
func appendAddress(b []byte, p netip.Prefix) []byte {
	if p.IsSingleIP() {
		return p.Addr().AppendTo(b)
	}
	return p.AppendTo(b)
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
