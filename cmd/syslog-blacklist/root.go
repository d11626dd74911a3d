package main

import (
	"errors"
	"io/fs"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
)

// version is set by the linker; otherwise the module's own is told.
var version string

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// rootCommand returns the whole command line. started becomes true when a
// command begins to work: an error before that is wrong use.
func rootCommand(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "syslog-blacklist",
		Short: "Block attackers by what the logs say",
		Long: `syslog-blacklist receives syslog messages, recognises attacks in them by rules,
and keeps the attackers' addresses in kernel ipsets, each with a timeout of its
own. The firewall drops what is in the sets.`,
		Version:          buildVersion(),
		Args:             cobra.NoArgs,
		RunE:             func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(*cobra.Command, []string) { *started = true },
	}
	root.AddCommand(runCommand(), checkCommand(), testCommand(), explainCommand(), rulesCommand(), importCommand(), firewallCommand(), setsCommand(), manCommand(root))
	root.AddCommand(listCommand(), whyCommand(), statusCommand(), doctorCommand(), reloadCommand(), pauseCommand(), resumeCommand(),
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
