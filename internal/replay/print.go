package replay

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"syslog-blacklist/rules"
)

// How much of each table a summary shows.
const (
	shownAddresses = 20
	shownValues    = 8
	shownBans      = 1000
	shownShapes    = 20
	shownWidth     = 200 // runes of a line
)

// moment is how times are shown.
const moment = time.DateTime

// Print writes the summary for people. Whatever came from the lines is escaped.
func (s *Summary) Print(w io.Writer) error {
	p := &printer{w: w}
	s.printTotals(p)
	s.printEntries(p)
	s.printAddresses(p)
	s.printDetails(p)
	s.printBans(p)
	s.printFailures(p)
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// table writes rows of cells that tabs separate.
func (p *printer) table(rows []string) {
	if p.err != nil {
		return
	}
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, "  "+r)
	}
	p.err = t.Flush()
}

func (s *Summary) printTotals(p *printer) {
	p.printf("%s", count(s.lines, "line", "lines"))
	if !s.from.IsZero() {
		p.printf(" from %s to %s", s.from.Format(moment), s.to.Format(moment))
	}
	p.printf(": %s, %s\n", count(s.hits, "hit", "hits"), count(len(s.bans)+s.bansLost, "ban", "bans"))
	if s.from.IsZero() && s.hits > 0 {
		p.printf("no line has a time that could be read: all were counted as if they came now\n")
	}
	if s.cut > 0 {
		p.printf("%s longer than the limit, and cut\n", count(s.cut, "line was", "lines were"))
	}
}

func (s *Summary) printEntries(p *printer) {
	hit := slices.DeleteFunc(slices.Clone(s.entries), func(e entryCount) bool { return e.hits == 0 })
	if len(hit) == 0 {
		return
	}
	slices.SortStableFunc(hit, func(a, b entryCount) int { return b.hits - a.hits })
	p.printf("\nHits of entries and their patterns\n")
	rows := []string{"HITS\tBANS\tSPARED\tNO ADDRESS\tLATE\tENTRY"}
	for _, e := range hit {
		rows = append(rows, fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s (%s)", e.hits, dash(e.bans), dash(e.spared), dash(e.noAddress), dash(e.late),
			escape(e.entry.Name), e.entry.Verdicts[0].Kind))
		for i, pattern := range e.entry.Patterns {
			if n := e.patterns[i]; n > 0 {
				rows = append(rows, fmt.Sprintf("%d\t\t\t\t\t  %s:%d  %s", n, escape(pattern.Pos.File), pattern.Pos.Line,
					shorten(escape(pattern.Text), shownWidth)))
			}
		}
	}
	p.table(rows)
}

func (s *Summary) printAddresses(p *printer) {
	top := s.addresses.top(shownAddresses)
	if len(top) == 0 {
		return
	}
	p.printf("\nAddresses%s\n", of(len(top), len(s.addresses.items), s.addresses.lost))
	rows := []string{"HITS\tBANS\tADDRESS"}
	for _, a := range top {
		row := fmt.Sprintf("%d\t%s\t%s", a.count, dash(a.value.bans), a.key)
		if a.value.spared != "" {
			row += " (spared: " + string(a.value.spared) + ")"
		}
		rows = append(rows, row)
	}
	p.table(rows)
}

func (s *Summary) printDetails(p *printer) {
	if len(s.details) == 0 {
		return
	}
	p.printf("\nDetails\n")
	var rows []string
	slices.SortFunc(s.details, func(a, b detail) int { return cmp.Compare(a.name, b.name) })
	for _, d := range s.details {
		var values []string
		top := d.values.top(shownValues)
		for _, v := range top {
			values = append(values, fmt.Sprintf("%s %d", shorten(escape(v.key), shownWidth/4), v.count))
		}
		rows = append(rows, escape(d.name)+of(len(top), len(d.values.items), d.values.lost)+"\t"+strings.Join(values, ", "))
	}
	p.table(rows)
}

func (s *Summary) printBans(p *printer) {
	if len(s.bans) == 0 {
		return
	}
	p.printf("\nBans that would have followed\n")
	slices.SortStableFunc(s.bans, func(a, b banned) int { return a.at.Compare(b.at) })
	rows := []string{"TIME\tPREFIX\tFOR\tNTH\tLINE\tENTRY"}
	for _, b := range s.bans[:min(len(s.bans), shownBans)] {
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%s", b.at.Format(moment), plain(b.change.Prefix), rules.FormatDuration(b.change.For),
			b.change.Nth, b.line, escape(b.change.Entry)))
	}
	p.table(rows)
	if more := len(s.bans) + s.bansLost - shownBans; more > 0 {
		p.printf("  and %d more: --json tells them all\n", more)
	}
}

func (s *Summary) printFailures(p *printer) {
	top := s.unmatched.top(shownShapes)
	if len(top) == 0 {
		return
	}
	p.printf("\nMatched by nothing, and like a failure: %s%s\n", count(s.failures, "line", "lines"), of(len(top), len(s.unmatched.items), s.unmatched.lost))
	for _, u := range top {
		p.printf("  %d × %s\n", u.count, shorten(escape(u.key), shownWidth))
		p.printf("      as in line %d: %s\n", u.value.line, shorten(escape(string(u.value.text)), shownWidth))
		p.suggestion("      ", u.value.text)
	}
}

// suggestion writes a pattern for lines like the sample, if there is one.
func (p *printer) suggestion(indent string, sample []byte) {
	pattern, doubt := suggest(sample)
	if pattern == "" {
		return
	}
	p.printf("%sa pattern: %s\n", indent, pattern)
	if doubt != "" {
		p.printf("%swith care: %s\n", indent, doubt)
	}
}

// count writes n with the word that it wants.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// dash writes n, and nothing worth reading for 0.
func dash(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// of tells how many of all are shown, when that is not all of them. lost are the
// hits of those that were too many to count.
func of(shown, all, lost int) string {
	switch {
	case lost > 0:
		return fmt.Sprintf(" (the first %d of more than %d; %d hits of rare ones are not counted)", shown, all, lost)
	case shown < all:
		return fmt.Sprintf(" (the first %d of %d)", shown, all)
	}
	return ""
}

// plain writes a prefix that is one address as that.
func plain(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
