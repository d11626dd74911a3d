package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/fail2ban"
)

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Turn another guard's configuration into rules",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(importFail2banCommand())
	return cmd
}

func importFail2banCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "fail2ban [DIR]",
		Short: "Turn fail2ban's jails and filters into rules",
		Long: `fail2ban reads the configuration of fail2ban in DIR (/etc/fail2ban) and writes a rules
file: jails of services that rules are shipped for become "use NAME: …", other filters
are translated pattern by pattern, ignoreip becomes never. It changes nothing else.

What can't be said in a rules file, a lookaround or a mail, say, is listed with its place
and the reason, on standard error and in the file. So is what shipped rules leave out of
what a filter recognises, beside their "use". The file also names the logs that
don't come through syslog and must be fetched. Look it through, and try it:
"syslog-blacklist check --rules FILE", "syslog-blacklist test --rules FILE LOG".`,
		Example: `  syslog-blacklist import fail2ban -o fail2ban.conf
  syslog-blacklist import fail2ban /mnt/etc/fail2ban | less`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "/etc/fail2ban"
			if len(args) == 1 {
				dir = args[0]
			}
			r, err := fail2ban.Import(dir)
			if err != nil {
				return err
			}
			for _, p := range r.Problems {
				fmt.Fprintln(cmd.ErrOrStderr(), p)
			}
			if output == "" {
				_, err := io.WriteString(cmd.OutOrStdout(), r.Text)
				return err
			}
			return writeNew(output, r.Text)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the rules to this `FILE`, which must not exist, instead of standard output")
	return cmd
}

// writeNew writes a file that wasn't there: an administrator's rules are never overwritten.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: the file exists: name another, or move it away", path)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
