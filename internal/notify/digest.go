package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/mail"
)

const (
	firstBans  = 10   // told in full
	maxNames   = 50   // entries, or troubles, told apart
	toldNames  = 5    // of them in the text
	maxLine    = 500  // bytes of a line
	maxMessage = 200  // bytes of a trouble
	maxText    = 1900 // characters; Discord takes 2000
	others     = "others"
)

// Digest is what one message tells. As JSON it is what a webhook and a command
// get; a template's fields have the names that stand here.
type Digest struct {
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Text says it for people, in lines. It has no log line in it: what an attacker
	// wrote could be a chat's markup.
	Text      string  `json:"text"`
	Bans      int     `json:"bans"`
	ByEntry   []Count `json:"by_entry"` // the most frequent first
	First     []Ban   `json:"first"`    // the first of the bans
	Troubles  int     `json:"troubles"`
	ByMessage []Count `json:"by_message"` // the troubles, the most frequent first
}

// Count is how often something happened.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// gathering is a digest that still grows. Its size is bounded.
type gathering struct {
	since          time.Time
	bans, troubles int
	first          []Ban
	entries        tally
	messages       tally
}

func (g *gathering) empty() bool { return g.bans == 0 && g.troubles == 0 }

func (g *gathering) ban(b Ban) {
	g.bans++
	g.entries.add(b.Entry)
	if len(g.first) < firstBans {
		b.Line = cut(b.Line, maxLine)
		g.first = append(g.first, b)
	}
}

func (g *gathering) trouble(message string) {
	g.troubles++
	g.messages.add(cut(message, maxMessage))
}

func (g *gathering) digest(host string, now time.Time) *Digest {
	d := &Digest{
		Host: host, Since: g.since, Until: now,
		Bans: g.bans, ByEntry: g.entries.counts(), First: append([]Ban{}, g.first...),
		Troubles: g.troubles, ByMessage: g.messages.counts(),
	}
	d.Text = cut(d.text(), maxText)
	return d
}

// Title says how much happened and where, in numbers only.
func (d *Digest) Title() string {
	var parts []string
	if d.Bans > 0 {
		parts = append(parts, number(d.Bans, "ban"))
	}
	if d.Troubles > 0 {
		parts = append(parts, number(d.Troubles, "trouble"))
	}
	return fmt.Sprintf("syslog-blacklist on %s: %s", d.Host, strings.Join(parts, ", "))
}

func (d *Digest) text() string {
	var b strings.Builder
	fmt.Fprintln(&b, d.Title())
	write(&b, "trouble: ", d.ByMessage)
	for i := range d.First {
		f := &d.First[i]
		fmt.Fprintf(&b, "%s for %s, %s", f.Address, mail.Printable(f.Entry), f.For)
		if f.Nth > 1 {
			fmt.Fprintf(&b, ", ban number %d", f.Nth)
		}
		fmt.Fprintln(&b)
	}
	if more := d.Bans - len(d.First); more > 0 {
		fmt.Fprintf(&b, "and %d more; of all these\n", more)
		write(&b, "- ", d.ByEntry)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func write(b *strings.Builder, before string, counts []Count) {
	for i, c := range counts {
		if i == toldNames {
			fmt.Fprintf(b, "%sand %d others\n", before, len(counts)-toldNames)
			return
		}
		fmt.Fprintf(b, "%s%s", before, mail.Printable(c.Name))
		if c.Count > 1 {
			fmt.Fprintf(b, " (%d)", c.Count)
		}
		fmt.Fprintln(b)
	}
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// cut returns at most n bytes of s, in memory of their own.
func cut(s string, n int) string {
	if len(s) <= n {
		return strings.Clone(s)
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// tally counts by name, and tells a bounded number of them apart.
type tally map[string]int

func (t *tally) add(name string) {
	if *t == nil {
		*t = tally{}
	}
	if _, known := (*t)[name]; !known && len(*t) >= maxNames {
		name = others
	}
	(*t)[name]++
}

func (t tally) counts() []Count {
	counts := []Count{}
	for name, n := range t {
		counts = append(counts, Count{name, n})
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return counts
}
