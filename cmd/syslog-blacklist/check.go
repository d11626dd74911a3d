package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/daemon"
	"syslog-blacklist/rules"
)

func checkCommand() *cobra.Command {
	var p plumbing
	var strict bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Report every fault of the configuration and the rules",
		Long: `check reads the configuration and the rules as run would, and reports every
fault with file, line and column. It needs no privilege and changes nothing.
Exit status 1 tells that run would refuse them.`,
		Example: `  syslog-blacklist check
  syslog-blacklist check --rules new.conf --strict`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			cfg, err := p.load()
			if err != nil {
				fmt.Fprintln(out, err)
				return errSilent
			}
			set, faults := daemon.LoadRules(cfg)
			warnings := 0
			for _, f := range faults {
				fmt.Fprintln(out, f.Format())
				if f.Severity == rules.Warning {
					warnings++
				}
			}
			if set == nil {
				return errSilent
			}
			fmt.Fprintf(out, "%s: %d entries, no faults\n", cfg.Rules, len(set.Entries()))
			if strict && warnings > 0 {
				return errors.New("there are warnings, and --strict was given")
			}
			return nil
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 on warnings too")
	return cmd
}
