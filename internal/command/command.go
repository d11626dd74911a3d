// Package command is the frame of a program around its commands: signals, errors
// and their hints, the exit status, the version, and the manual pages, which are
// written from the commands themselves. What a command does it does not know.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	done     = 0
	failed   = 1
	wrongUse = 2
)

// ErrSilent ends a command that has said everything already, with exit status 1.
var ErrSilent = errors.New("failed")

// Program is a program with a command line.
type Program struct {
	Root *cobra.Command
	// Section is that of the manual pages: 1 for users, 8 for administrators.
	Section int
	// Hint says what to do about an error that does not say so itself, or nothing.
	Hint func(error) string
}

// Run does what the process was asked for and returns its exit status. SIGINT and
// SIGTERM end the context of the commands. An error before a command begins to work,
// of its flags or its Args, is wrong use.
func (p Program) Run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	started := false
	p.Root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	p.Root.SilenceErrors, p.Root.SilenceUsage = true, true
	p.Root.Version = Version()
	p.Root.SetVersionTemplate("{{.Name}} version {{.Version}}\n" + built() + "\n")
	p.Root.AddCommand(p.manual())
	err := p.Root.ExecuteContext(ctx)
	if err == nil {
		return done
	}
	if !errors.Is(err, ErrSilent) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Root.Name(), err)
	}
	if !started {
		fmt.Fprintln(os.Stderr, "hint:", p.usage())
		return wrongUse
	}
	if hint := p.Hint(err); hint != "" {
		fmt.Fprintln(os.Stderr, "hint:", hint)
	}
	return failed
}

// usage says where to read how the program is used.
func (p Program) usage() string {
	if p.Root.HasAvailableSubCommands() {
		return p.Root.Name() + " --help lists the commands, and COMMAND --help its flags"
	}
	return p.Root.Name() + " --help lists the flags"
}
