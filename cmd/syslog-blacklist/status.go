package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

func statusCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell how the daemon does",
		Long: `status tells what is wrong, if anything is, and then what the daemon has counted
since it started: its listeners with what they dropped and why, the named
senders and when each was last heard, the kernel's sets and how full they are,
the lists that the rules name, who was told of bans and troubles, what was
looked up, and the entries of the rules and when each last hit.`,
		Example: `  syslog-blacklist status
  syslog-blacklist status --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			status, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), status)
			}
			printStatus(cmd.OutOrStdout(), time.Now(), &status)
			return nil
		},
	}
	a.flags(cmd)
	a.jsonFlag(cmd)
	return cmd
}

func printStatus(w io.Writer, now time.Time, s *control.Status) {
	fmt.Fprintf(w, "syslog-blacklist %s, process %d, since %s\n", printable(s.Version), s.PID, clock(now, s.Started))
	for _, t := range s.Troubles {
		fmt.Fprintln(w, "warning:", printable(t))
	}
	fmt.Fprintf(w, "rules: %d entries of %s, loaded %s\n", s.Rules.Entries, printable(cmp.Or(s.Rules.File, "the shipped rules")), clock(now, s.Rules.Loaded))
	c := s.Counts
	fmt.Fprintf(w, "%d banned, %d accepted, %d counted\n", c.Bans, c.Accepts, c.Strikes)
	for _, x := range []struct {
		n    uint64
		what string
	}{
		{c.HitsWhileBanned, "hits of the already banned"}, {c.Late, "late messages"}, {c.BreakerTrips, "bans withheld by the breaker or a sender's half of a set"},
		{c.StrikesEvicted, "counters evicted"}, {uint64(c.Pending), "changes wait for the kernel"},
	} {
		if x.n > 0 {
			fmt.Fprintln(w, x.n, x.what)
		}
	}
	section(w, statusListeners(s), statusSenders(now, s), statusSets(s), statusLists(s), statusNotify(s), statusLookups(s), statusDatabases(s), statusReports(s), statusEntries(now, s))
}

// section writes tables with an empty line before each, and leaves out those
// that hold only their heading.
func section(w io.Writer, tables ...[][]string) {
	for _, rows := range tables {
		if len(rows) > 1 {
			fmt.Fprintln(w)
			table(w, rows)
		}
	}
}

func statusListeners(s *control.Status) [][]string {
	rows := [][]string{{"LISTENER", "RECEIVED", "DROPPED"}}
	for _, l := range s.Listeners {
		rows = append(rows, []string{l.URL, strconv.FormatUint(l.Received, 10), reasons(l.Dropped)})
	}
	return rows
}

func statusSenders(now time.Time, s *control.Status) [][]string {
	rows := [][]string{{"SENDER", "LAST HEARD"}}
	for _, x := range s.Senders {
		rows = append(rows, []string{x.Name, ago(now, x.Last)})
	}
	return rows
}

func statusSets(s *control.Status) [][]string {
	rows := [][]string{{"SET", "ELEMENTS", "CAPACITY", "FULL", "FIREWALL RULE"}}
	for _, x := range s.Sets {
		rule := "none"
		if x.Used {
			rule = "yes"
		}
		rows = append(rows, []string{
			x.Name, strconv.Itoa(x.Entries), strconv.Itoa(x.Capacity), fmt.Sprintf("%d%%", 100*x.Entries/max(x.Capacity, 1)), rule,
		})
	}
	return rows
}

func statusLists(s *control.Status) [][]string {
	rows := [][]string{{"LISTS OF", "PREFIXES", "FAULTS"}}
	for _, x := range s.Lists {
		rows = append(rows, []string{x.Directive, strconv.Itoa(x.Prefixes), strconv.Itoa(len(x.Faults))})
	}
	return rows
}

func statusNotify(s *control.Status) [][]string {
	rows := [][]string{{"NOTIFY", "SENT", "FAILED", "NOT TOLD"}}
	for _, x := range s.Notify {
		rows = append(rows, []string{x.Target, strconv.FormatUint(x.Sent, 10), strconv.FormatUint(x.Failed, 10), strconv.FormatUint(x.Dropped, 10)})
	}
	return rows
}

func statusLookups(s *control.Status) [][]string {
	rows := [][]string{{"LOOKUP", "ASKED", "FAILED", "NOT ASKED", "FORGOTTEN"}}
	for _, x := range s.Lookups {
		row := []string{x.Kind}
		for _, n := range []uint64{x.Questions, x.Failed, x.Dropped, x.Evicted} {
			row = append(row, strconv.FormatUint(n, 10))
		}
		rows = append(rows, row)
	}
	return rows
}

func statusReports(s *control.Status) [][]string {
	rows := [][]string{{"REPORTS OPEN", "FOR REVIEW", "SENT", "FAILED", "GIVEN UP", "LOST", "EVICTED", "NOT WRITTEN"}}
	if r := s.Reports; r != nil {
		row := []string{strconv.Itoa(r.Open)}
		for _, n := range []uint64{r.Drafted, r.Sent, r.Failed, r.Dropped, r.Lost, r.Evicted, r.StoreErrors} {
			row = append(row, strconv.FormatUint(n, 10))
		}
		rows = append(rows, row)
	}
	return rows
}

func statusDatabases(s *control.Status) [][]string {
	rows := [][]string{{"DATABASE", "BUILT", "FAULT"}}
	for _, x := range s.Databases {
		day := "-"
		if x.Built != nil {
			day = x.Built.Format(time.DateOnly)
		}
		rows = append(rows, []string{x.Path, day, cmp.Or(x.Fault, "none")})
	}
	return rows
}

func statusEntries(now time.Time, s *control.Status) [][]string {
	rows := [][]string{{"ENTRY", "LAST HIT", "HITS", "BANS", "SPARED"}}
	for _, e := range s.Entries {
		rows = append(rows, []string{
			e.Name, ago(now, e.LastHit), strconv.FormatUint(e.Hits, 10), strconv.FormatUint(e.Bans, 10), reasons(e.Spared),
		})
	}
	return rows
}

// reasons lists counts that are not 0, by name.
func reasons(counts map[string]uint64) string {
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[reason]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, reason))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "0")
}
