package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

func reloadCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have the daemon read its rules anew",
		Long: `reload has the daemon read its rules file anew and prints every fault, warning and
note of it. A faulty file changes nothing, and exit status 1 tells. Counters,
sessions and bans go on. The configuration is read when the daemon starts only.`,
		Example: `  syslog-blacklist reload`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := a.order(cmd, control.Order{Verb: control.Reload})
			faults := answer.Faults
			if refusal := new(control.Error); errors.As(err, &refusal) {
				faults = refusal.Faults
			}
			for _, f := range faults {
				fmt.Fprintln(cmd.OutOrStdout(), f)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d entries in force\n", answer.Count)
			return nil
		},
	}
	a.flags(cmd)
	return cmd
}
