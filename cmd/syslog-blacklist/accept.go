package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

func acceptCommand() *cobra.Command {
	var a asking
	length := span(12 * time.Hour)
	cmd := &cobra.Command{
		Use:   "accept ADDR",
		Short: "Let an address in, whatever the logs say, for a time",
		Long: `accept puts one address into the whitelist, which comes before the blacklist: its
packets pass, and its offences are not counted. A ban of it goes on beneath. Who
is to be let in for good belongs in the rules file: never ADDR.`,
		Example: `  syslog-blacklist accept 203.0.113.9 --for 2h`,
		Args:    oneAddr,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := parsePrefix(args[0])
			if err != nil {
				return err
			}
			answer, err := a.order(cmd, control.Order{Verb: control.Accept, Prefix: p, For: length.String()})
			for _, e := range answer.Elements {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is accepted %s\n", e.Address, until(time.Now(), e))
			}
			return err
		},
	}
	a.flags(cmd)
	cmd.Flags().Var(&length, "for", "how long: 90 (seconds), 12h, 1h30m, 4w or forever")
	return cmd
}

func unacceptCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:     "unaccept ADDR",
		Short:   "End an acceptance",
		Long:    `unaccept takes an address out of the whitelist, whoever put it there.`,
		Example: `  syslog-blacklist unaccept 203.0.113.9`,
		Args:    oneAddr,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := parsePrefix(args[0])
			if err != nil {
				return err
			}
			answer, err := a.order(cmd, control.Order{Verb: control.Unaccept, Prefix: p})
			for _, e := range answer.Elements {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is no longer accepted\n", e.Address)
			}
			return err
		},
	}
	a.flags(cmd)
	return cmd
}
