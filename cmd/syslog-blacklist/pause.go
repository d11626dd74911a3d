package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/rules"
)

func pauseCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "pause [DURATION]",
		Short: "Hold new bans back for a time",
		Long: `pause keeps new bans from the kernel for a time, ten minutes unless it is named
and a day at most; then they come into force by themselves. Meanwhile offences
are counted, bans are decided and logged (paused, not blacklisting …), list shows
them, and unban lifts them before they ever were in force. Bans that were in
force before stay. A restart of the daemon ends the pause, and so does resume.`,
		Example: `  syslog-blacklist pause
  syslog-blacklist pause 1h
  syslog-blacklist resume`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.MaximumNArgs(1)(cmd, args); err != nil || len(args) == 0 {
				return err
			}
			_, err := rules.ParseDuration(args[0])
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			length := "10m"
			if len(args) == 1 {
				length = args[0]
			}
			answer, err := a.order(cmd, control.Order{Verb: control.Pause, For: length})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "paused until %s: no new ban comes into force before\n", since(time.Now(), answer.Until))
			return nil
		},
	}
	a.flags(cmd)
	return cmd
}

func resumeCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:     "resume",
		Short:   "End a pause",
		Long:    `resume ends a pause: the bans that were decided meanwhile come into force now.`,
		Example: `  syslog-blacklist resume`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := a.order(cmd, control.Order{Verb: control.Resume}); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "resumed")
			return nil
		},
	}
	a.flags(cmd)
	return cmd
}
