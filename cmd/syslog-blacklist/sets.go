package main

import (
	"github.com/spf13/cobra"

	"syslog-blacklist/internal/daemon"
)

func setsCommand() *cobra.Command {
	var p plumbing
	cmd := &cobra.Command{
		Use:   "sets",
		Short: "Create the kernel's sets and refill them from disk",
		Long: `sets creates the kernel's sets where they are missing, writes the bans into them
that were in force when the daemon last ran, and exits. A saved firewall ruleset
that names a missing set fails as a whole, so this must happen before any
firewall is loaded: syslog-blacklist-sets.service does it at boot. While the
daemon runs there is nothing to refill.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := newLogger(cmd.ErrOrStderr(), "text")
			if err != nil {
				return err
			}
			cfg, err := p.load()
			if err != nil {
				return err
			}
			return daemon.Refill(cfg, log)
		},
	}
	p.flags(cmd)
	return cmd
}
