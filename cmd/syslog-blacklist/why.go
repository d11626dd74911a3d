package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

func whyCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "why ADDR",
		Short: "Tell all that is known of an address",
		Long: `why tells whether an address is banned and by what: the line that tipped it, who
sent that, wider bans that cover it; whether it is accepted or never banned at
all; what is counted against it so far; its past bans; who it belongs to, as far
as the configuration's lookup tells; and what the kernel's sets say, whoever
wrote that. It waits for answers from elsewhere for three seconds at most.`,
		Example: `  syslog-blacklist why 203.0.113.9
  syslog-blacklist why 2001:db8::1 --json`,
		Args: oneAddr,
		RunE: func(cmd *cobra.Command, args []string) error {
			addr, err := parseAddr(args[0])
			if err != nil {
				return err
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			why, err := c.Why(cmd.Context(), addr)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), why)
			}
			printWhy(cmd.OutOrStdout(), time.Now(), &why)
			return nil
		},
	}
	a.flags(cmd)
	a.jsonFlag(cmd)
	return cmd
}

func printWhy(w io.Writer, now time.Time, y *control.Why) {
	say := func(format string, args ...any) { fmt.Fprintln(w, printable(fmt.Sprintf(format, args...))) }
	if y.Spared != "" {
		say("%s is never banned: %s", y.Address, y.Spared)
	}
	for _, e := range y.Accepts {
		if y.Spared != "" && e.Origin == "config" { // the same, once more
			continue
		}
		say("%s is accepted%s %s %s", y.Address, as(y.Address, e), until(now, e), cause(e))
	}
	if len(y.Bans) == 0 && y.Spared == "" {
		say("%s is not banned", y.Address)
	}
	for _, e := range y.Bans {
		say("%s is banned%s %s %s", y.Address, as(y.Address, e), until(now, e), cause(e))
		if e.Since != nil {
			say("  since %s, for %s; ban number %d, hits since: %d", clock(now, *e.Since), e.Duration.Text, e.Nth, e.Offences)
		}
		if e.Line != "" {
			say("  line: %s", e.Line)
		}
	}
	for _, s := range y.Strikes {
		say("counted: %s %s, the last %s", strikes(s), s.Entry, ago(now, &s.Last))
	}
	for _, p := range y.Past {
		say("past ban: %s to %s for %s, hits: %d", clock(now, p.Since), clock(now, p.Ended), p.Entry, p.Offences)
	}
	if y.More > 0 {
		say("past ban: and %d more", y.More)
	}
	printWho(say, y)
	printHeld(say, y)
}

// printHeld tells what the kernel says, set by set.
func printHeld(say func(string, ...any), y *control.Why) {
	var empty []string
	for _, set := range y.Asked {
		if !slices.ContainsFunc(y.Kernel, func(h control.Held) bool { return h.Set == set }) {
			empty = append(empty, set)
		}
	}
	for _, h := range y.Kernel {
		length, comment := "for ever", ""
		if h.Remaining.Seconds != nil {
			length = "for another " + left(h.Remaining)
		}
		if h.Comment != "" {
			comment = ", " + h.Comment
		}
		say("kernel: %s holds %s %s, packets: %d%s", h.Set, h.Address, length, h.Packets, comment)
	}
	if len(empty) > 0 {
		say("kernel: not in %s", strings.Join(empty, ", "))
	}
}

// as names the prefix that stands for an address, when it is not the address.
func as(addr string, e control.Element) string {
	if e.Address == addr {
		return ""
	}
	return " with " + e.Address
}

func until(now time.Time, e control.Element) string {
	if e.Until == nil {
		return "for ever"
	}
	return "until " + clock(now, *e.Until) + " (" + left(e.Remaining) + ")"
}

// cause tells why an element is in its set, and who says so.
func cause(e control.Element) string {
	switch {
	case e.Origin == "config":
		return "by the configuration (" + e.Entry + ")"
	case e.Origin == "kernel" && e.Entry == "":
		return "by others, who put it into the kernel"
	case e.Origin == "kernel":
		return "for " + e.Entry + ", found in the kernel"
	case e.Origin == "operator":
		return "for " + e.Entry + ", by " + e.Sender
	case e.Sender != "":
		return "for " + e.Entry + ", told by " + e.Sender
	}
	return "for " + e.Entry
}

func strikes(s control.Strikes) string {
	n := fmt.Sprint(s.Hits)
	if s.Of > 0 {
		n = fmt.Sprintf("%d of %d", s.Hits, s.Of)
	}
	if s.Different != "" {
		n += " different " + s.Different
	}
	return n + " for"
}
