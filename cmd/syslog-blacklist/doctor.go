package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/command"
	"syslog-blacklist/internal/doctor"
)

func doctorCommand() *cobra.Command {
	var p plumbing
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why nobody is banned",
		Long: `doctor follows the way of a message and says where it ends: the kernel, the clock
and the state on disk; the configuration and the rules; the daemon; the syslog
daemon that should forward; what arrives, from whom, and what is dropped; what
the rules recognise; the sets; the firewall. Below each finding stands what mends
it. The first thing that is wrong is often the cause of the others.

It changes nothing. It is for root: others cannot ask the kernel. Exit status 1
tells that something is wrong, or could not be looked at.`,
		Example: `  sudo syslog-blacklist doctor
  sudo syslog-blacklist doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := doctor.Examine(gatherFacts(cmd.Context(), &p))
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), found); err != nil {
					return err
				}
			} else {
				printFindings(cmd.OutOrStdout(), found)
			}
			for _, f := range found {
				if f.Level == doctor.Wrong || f.Level == doctor.Unknown {
					return command.ErrSilent
				}
			}
			return nil
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of findings, in the order to mend them")
	return cmd
}

func printFindings(w io.Writer, found []doctor.Finding) {
	first := ""
	for _, f := range found {
		lines := strings.Split(f.Found, "\n")
		fmt.Fprintf(w, "%-8s %s: %s\n", f.Level, f.About, printable(lines[0]))
		for _, l := range lines[1:] {
			fmt.Fprintf(w, "           %s\n", printable(l))
		}
		for _, m := range f.Mend {
			fmt.Fprintf(w, "         * %s\n", printable(m))
		}
		if first == "" && f.Level == doctor.Wrong {
			first = f.About
		}
	}
	if first != "" {
		fmt.Fprintf(w, "\nBegin with the first that is wrong: %s.\n", first)
	}
}
