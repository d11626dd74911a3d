package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/blocklist"
	"syslog-blacklist/internal/command"
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
Exit status 1 tells that run would refuse them.

It also tries to find a log line by which somebody else than the client chooses the
address that a pattern takes, and shows it. A comment above the pattern,
"# steering: WHY", says why there can't be one and silences the warning;
with --strict the silenced are listed all the same.`,
		Example: `  syslog-blacklist check
  syslog-blacklist check --rules new.conf --strict`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			cfg, err := p.load()
			if err != nil {
				fmt.Fprintln(out, err)
				return command.ErrSilent
			}
			set, faults := daemon.LoadRules(cfg)
			warnings := 0
			for _, f := range faults {
				fmt.Fprintln(out, f.Format())
				warnings += warning(f)
			}
			if set == nil {
				return command.ErrSilent
			}
			warnings += printLists(out, set)
			steerings, err := set.Prove(cmd.Context())
			if err != nil {
				return fmt.Errorf("prove %s: %w", cfg.Rules, err)
			}
			warnings += printSteerings(out, steerings, strict)
			fmt.Fprintf(out, "%s: %d entries, no faults\n", cmp.Or(daemon.RulesFile(cfg, set), "the shipped defaults"), len(set.Entries()))
			if strict && warnings > 0 {
				return errors.New("there are warnings, and --strict was given")
			}
			return nil
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 on warnings too, and list the silenced")
	return cmd
}

// printSteerings prints what could not be proved, and returns the number of warnings
// among them. The silenced are printed when all is set, and don't count.
func printSteerings(out io.Writer, steerings []rules.Steering, all bool) (warnings int) {
	for _, s := range steerings {
		switch {
		case s.Silenced == "":
			fmt.Fprintln(out, s.Format())
			warnings += warning(s.Fault)
		case all:
			fmt.Fprintf(out, "%s\n    silenced: %s\n", s.Format(), s.Silenced)
		}
	}
	return warnings
}

// warning counts a fault when it is a warning.
func warning(f rules.Fault) int {
	if f.Severity == rules.Warning {
		return 1
	}
	return 0
}

// printLists tells what cannot be read of the lists that never and always name,
// and how many that are.
func printLists(w io.Writer, set *rules.Set) (warnings int) {
	for _, l := range set.Lists() {
		prefixes, faults, _ := new(blocklist.Reader).Read([]string{l.Path}, time.Now())
		for _, f := range faults {
			fmt.Fprintf(w, "%s: warning: %s\n", l.Pos, printable(f))
		}
		warnings += len(faults)
		fmt.Fprintf(w, "%s: note: %s holds %d prefixes\n", l.Pos, printable(l.Path), len(prefixes))
	}
	return warnings
}
