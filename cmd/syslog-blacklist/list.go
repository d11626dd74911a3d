package main

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

func listCommand() *cobra.Command {
	var a asking
	var f control.Filter
	var prefix network
	var age span
	role := choice{of: control.Roles}
	sort := choice{"age", []string{"age", "end", "address", "entry"}}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who is banned",
		Long: `list shows who is banned now, the youngest ban first: by a rule, by an operator,
or by others, who put the address into the kernel's set themselves
(origin=kernel); what the firewall's burst rules banned is among these.

--set shows another set instead: the whitelist with the accepted and the spared
(origin=config), the blackout list, or burst alone.`,
		Example: `  syslog-blacklist list
  syslog-blacklist list --entry sshd --age 1h
  syslog-blacklist list --prefix 198.51.100.0/24 --json
  syslog-blacklist list --set whitelist --sort address`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Role, f.Prefix, f.Age = role.value, netip.Prefix(prefix), time.Duration(age)
			c, err := a.client()
			if err != nil {
				return err
			}
			elements := []control.Element{}
			if err := c.List(cmd.Context(), f, func(e control.Element) { elements = append(elements, e) }); err != nil {
				return err
			}
			slices.SortFunc(elements, by(sort.value))
			if a.json {
				return printJSON(cmd.OutOrStdout(), elements)
			}
			printElements(cmd.OutOrStdout(), time.Now(), elements)
			return nil
		},
	}
	a.flags(cmd)
	a.jsonFlag(cmd)
	cmd.Flags().Var(&role, "set", "the set to show: "+strings.Join(control.Roles, ", ")+" (default blacklist and burst)")
	cmd.Flags().StringVar(&f.Entry, "entry", "", "only what the entry or reason `name` brought")
	cmd.Flags().Var(&prefix, "prefix", "only what lies in it, or covers it")
	cmd.Flags().Var(&age, "age", "only what began at most so long ago; of elements of others that is unknown")
	cmd.Flags().Var(&sort, "sort", "age (the youngest first), end (the next first), address or entry")
	return cmd
}

// by returns the order that --sort names. What is equal is ordered by address.
func by(key string) func(a, b control.Element) int {
	unknown := time.Time{}
	first := func(a, b control.Element) int { return 0 }
	switch key {
	case "age":
		first = func(a, b control.Element) int { return or(b.Since, unknown).Compare(or(a.Since, unknown)) }
	case "end":
		never := time.Unix(1<<40, 0)
		first = func(a, b control.Element) int { return or(a.Until, never).Compare(or(b.Until, never)) }
	case "entry":
		first = func(a, b control.Element) int { return cmp.Compare(a.Entry, b.Entry) }
	}
	return func(a, b control.Element) int {
		return cmp.Or(first(a, b), byAddress(a, b), cmp.Compare(a.Set, b.Set))
	}
}

func byAddress(a, b control.Element) int {
	p, _ := parsePrefix(a.Address)
	q, _ := parsePrefix(b.Address)
	return cmp.Or(p.Addr().Compare(q.Addr()), cmp.Compare(p.Bits(), q.Bits()))
}

func or(t *time.Time, otherwise time.Time) time.Time {
	if t == nil {
		return otherwise
	}
	return *t
}

func printElements(w io.Writer, now time.Time, elements []control.Element) {
	if len(elements) == 0 {
		fmt.Fprintln(w, "nothing")
		return
	}
	rows := [][]string{{"ADDRESS", "LEFT", "SINCE", "NTH", "HITS", "ORIGIN", "FOR"}}
	for _, e := range elements {
		rows = append(rows, []string{e.Address, left(e.Remaining), since(now, e.Since), count(e.Nth), strconv.FormatUint(e.Offences, 10), e.Origin, e.Entry})
	}
	table(w, rows)
}

// left is a remaining time in at most two units.
func left(d control.Duration) string {
	if d.Seconds == nil {
		return d.Text
	}
	return rough(time.Duration(*d.Seconds) * time.Second)
}

func since(now time.Time, t *time.Time) string {
	if t == nil {
		return "-"
	}
	return clock(now, *t)
}

func count(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}
