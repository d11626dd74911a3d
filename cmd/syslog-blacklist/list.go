package main

import (
	"bufio"
	"cmp"
	"encoding/json"
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

What lookups know of the addresses by now is shown too; a name with a question
mark is only claimed.

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
			var list []*listed
			err = c.List(cmd.Context(), f, func(e control.Element) {
				p, _ := parsePrefix(e.Address)
				list = append(list, &listed{e, p})
			})
			if err != nil {
				return err
			}
			slices.SortFunc(list, by(sort.value))
			if a.json {
				return printListJSON(cmd.OutOrStdout(), list)
			}
			printList(cmd.OutOrStdout(), time.Now(), list)
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

// listed is an element with its address as a number. A million are sorted too, by
// pointers: elements are large.
type listed struct {
	control.Element
	prefix netip.Prefix
}

// by returns the order that --sort names. What is equal is ordered by address.
func by(key string) func(a, b *listed) int {
	first := func(a, b *listed) int { return 0 }
	switch key {
	case "age":
		unknown := time.Time{}
		first = func(a, b *listed) int { return or(b.Since, unknown).Compare(or(a.Since, unknown)) }
	case "end":
		never := time.Unix(1<<40, 0)
		first = func(a, b *listed) int { return or(a.Until, never).Compare(or(b.Until, never)) }
	case "entry":
		first = func(a, b *listed) int { return cmp.Compare(a.Entry, b.Entry) }
	}
	return func(a, b *listed) int {
		if n := first(a, b); n != 0 {
			return n
		}
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), a.prefix.Bits()-b.prefix.Bits(), cmp.Compare(a.Set, b.Set))
	}
}

func or(t *time.Time, otherwise time.Time) time.Time {
	if t == nil {
		return otherwise
	}
	return *t
}

func printList(w io.Writer, now time.Time, list []*listed) {
	if len(list) == 0 {
		fmt.Fprintln(w, "nothing")
		return
	}
	rows := [][]string{{"ADDRESS", "LEFT", "SINCE", "NTH", "HITS", "ORIGIN", "FOR"}}
	for _, e := range list {
		rows = append(rows, []string{e.Address, left(e.Remaining), since(now, e.Since), count(e.Nth), strconv.FormatUint(e.Offences, 10), e.Origin, e.Entry})
	}
	addWho(rows, list)
	table(w, rows)
}

// printListJSON writes one array, an element a line.
func printListJSON(w io.Writer, list []*listed) error {
	out := bufio.NewWriter(w)
	out.WriteString("[")
	for i, e := range list {
		text, err := json.Marshal(e.Element)
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n")
		out.Write(plainJSON(text))
	}
	if len(list) > 0 {
		out.WriteString("\n")
	}
	out.WriteString("]\n")
	return out.Flush()
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
