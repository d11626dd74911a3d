package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/daemon"
	"syslog-blacklist/internal/ledger"
)

func banCommand() *cobra.Command {
	var a asking
	length := span(12 * time.Hour)
	var reason string
	cmd := &cobra.Command{
		Use:   "ban ADDR|PREFIX",
		Short: "Ban an address or a network",
		Long: `ban puts an address or a network into the blacklist and answers when the kernel
has it. A ban that lasts longer already stays as it is. Who is never banned
cannot be banned by hand either, alone or as part of a network.`,
		Example: `  syslog-blacklist ban 203.0.113.9
  syslog-blacklist ban 2001:db8:bad::/48 --for forever --reason "scans, ticket 4711"`,
		Args: onePrefix,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := parsePrefix(args[0])
			if err != nil {
				return err
			}
			answer, err := a.order(cmd, control.Order{Verb: control.Ban, Prefix: p, For: length.String(), Reason: reason})
			for _, e := range answer.Elements {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is banned %s %s\n", e.Address, until(time.Now(), e), printable(cause(e)))
			}
			return err
		},
	}
	a.flags(cmd)
	cmd.Flags().Var(&length, "for", "how long: 90 (seconds), 12h, 1h30m, 4w or forever")
	cmd.Flags().StringVar(&reason, "reason", "", "`text` that is shown with the ban (default operator)")
	return cmd
}

func unbanCommand() *cobra.Command {
	var a asking
	var o control.Order
	var yes bool
	cmd := &cobra.Command{
		Use:   "unban ADDR|PREFIX|--all",
		Short: "Lift bans",
		Long: `unban lifts the ban of an address, or every ban inside a network, also of
elements that others put into the kernel's set. Of an IPv6 address it lifts the
ban of the /64 that the rules ban as one.

An address that is covered by a wider ban stays banned: the wider one is named,
and lifted when you say so, by answering on the terminal or with --yes. The
addresses beside it are free then too.

When no daemon runs, the bans are lifted in its state and in the kernel, so that
it does not bring them back when it starts.`,
		Example: `  syslog-blacklist unban 203.0.113.9
  syslog-blacklist unban 198.51.100.0/24 --forget   # past bans and strikes too
  syslog-blacklist unban --all`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.All && len(args) > 0:
				return errors.New("--all lifts every ban: no address is wanted with it")
			case o.All:
				return nil
			case len(args) == 0:
				return errors.New("an address, a prefix or --all is wanted")
			}
			return onePrefix(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !o.All {
				if o.Prefix, err = parsePrefix(args[0]); err != nil {
					return err
				}
			}
			o.Verb = control.Unban
			covering, err := a.unban(cmd, o)
			if err != nil || len(covering) == 0 {
				return err
			}
			return a.unbanCovering(cmd, o, covering, yes)
		},
	}
	a.flags(cmd)
	cmd.Flags().BoolVar(&o.All, "all", false, "lift every ban; the blackout list stays")
	cmd.Flags().BoolVar(&o.Forget, "forget", false, "forget the past bans and the strikes too")
	cmd.Flags().BoolVar(&yes, "yes", false, "lift wider bans that cover the address without asking")
	return cmd
}

// unban lifts, says what it lifted, and returns what covers the address still.
func (a *asking) unban(cmd *cobra.Command, o control.Order) ([]control.Element, error) {
	answer, err := a.order(cmd, o)
	if away := new(control.ConnectError); errors.As(err, &away) && away.Away() {
		answer, err = a.unbanStopped(cmd, o)
	}
	if err != nil {
		return nil, err
	}
	out := cmd.OutOrStdout()
	for _, e := range answer.Elements {
		fmt.Fprintf(out, "lifted %s, banned %s\n", e.Address, printable(cause(e)))
	}
	if more := answer.Count - len(answer.Elements); more > 0 {
		fmt.Fprintf(out, "lifted %d more\n", more)
	}
	if answer.Count == 0 && len(answer.Covering) == 0 {
		fmt.Fprintln(out, "nothing was banned")
	}
	return answer.Covering, nil
}

// unbanStopped does without the daemon.
func (a *asking) unbanStopped(cmd *cobra.Command, o control.Order) (control.Answer, error) {
	cfg, err := config.Load(a.config)
	if err != nil {
		return control.Answer{}, err
	}
	answer, err := daemon.UnbanStopped(cmd.Context(), cfg, o)
	if errors.Is(err, ledger.ErrLocked) {
		return answer, fmt.Errorf("%w, and serves no control socket at %s", err, cfg.Control.Socket)
	}
	if err == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "note: no daemon runs: its state and the kernel were changed directly")
	}
	notes(cmd, answer)
	return answer, err
}

// unbanCovering lifts the wider bans, if that is wanted.
func (a *asking) unbanCovering(cmd *cobra.Command, o control.Order, covering []control.Element, yes bool) error {
	in, say := bufio.NewReader(cmd.InOrStdin()), cmd.ErrOrStderr()
	what, stays := operand(o.Prefix), false
	for _, e := range covering {
		fmt.Fprintf(say, "%s is banned%s %s\n", what, as(what, e), printable(cause(e)))
		wide, err := parsePrefix(e.Address)
		switch {
		case err != nil:
			return err
		case e.Origin == "config":
			fmt.Fprintln(say, "take it out of always in the rules file, and reload")
			stays = true
		case !yes && !agreed(cmd, in, e.Address):
			stays = true
		default:
			if _, err := a.unban(cmd, control.Order{Verb: control.Unban, Prefix: wide, Forget: o.Forget}); err != nil {
				return err
			}
		}
	}
	if stays {
		return fmt.Errorf("unban %s: it is still banned", what)
	}
	return nil
}

// operand writes a prefix as people type it.
func operand(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// agreed asks on a terminal whether a wider ban is to be lifted. Elsewhere it
// asks nobody: the input may be meant for somebody else.
func agreed(cmd *cobra.Command, in io.Reader, wide string) bool {
	if f, ok := cmd.InOrStdin().(*os.File); !ok || !isTerminal(f) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s stays; --yes lifts it, with all in it\n", wide)
		return false
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Lift %s, with all in it? Answer y: ", wide)
	select {
	case yes := <-answer(cmd.Context(), in):
		fmt.Fprintln(cmd.ErrOrStderr())
		return yes
	case <-cmd.Context().Done():
		return false
	}
}
