package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

// rootCommand returns the whole command line.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "syslog-blacklist",
		Short: "Block attackers by what the logs say",
		Long: `syslog-blacklist receives syslog messages, recognises attacks in them by rules,
and keeps the attackers' addresses in kernel ipsets, each with a timeout of its
own. The firewall drops what is in the sets.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(runCommand(), checkCommand(), testCommand(), explainCommand(), rulesCommand(), importCommand(), firewallCommand(), setsCommand())
	root.AddCommand(listCommand(), whyCommand(), statusCommand(), reportCommand(), doctorCommand(), reloadCommand(), pauseCommand(), resumeCommand(),
		banCommand(), unbanCommand(), acceptCommand(), unacceptCommand())
	return root
}

// hintFor says what to do about an error, where the error does not say it.
func hintFor(err error) string {
	refusal, connect := new(control.Error), new(control.ConnectError)
	switch {
	case errors.As(err, &refusal):
		return refusal.Hint
	case errors.As(err, &connect) && connect.Away():
		return "is it running? systemctl status syslog-blacklist tells; control: in the configuration names its socket"
	case errors.As(err, &connect):
		return "root may ask it, and the members of the group that control: in the configuration names"
	case errors.Is(err, syscall.EPERM):
		return "run it as root or with CAP_NET_ADMIN, or try it with --dry-run"
	case errors.Is(err, fs.ErrPermission):
		return "the file must be readable by the user that runs syslog-blacklist"
	}
	return ""
}
