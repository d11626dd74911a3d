package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/command"
	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/daemon"
	"syslog-blacklist/internal/firewall"
)

func firewallCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "firewall",
		Short: "Print, apply, remove or check the rules that use the sets",
		Long: `firewall manages one chain in the table raw, for IPv4 and IPv6, that drops the
packets of the blacklist and the blackout list before connection tracking sees
them, and lets the whitelist pass. Nothing of others is touched. It is for root;
the daemon itself never changes the firewall's rules.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(firewallPrint(), firewallApply(), firewallRemove(), firewallCheck())
	return cmd
}

// firewallConfig is what the plumbing says of the firewall's rules.
func firewallConfig(c *config.Config) firewall.Config {
	out := firewall.Config{
		Interfaces: c.Firewall.Interfaces,
		Sets: firewall.Names{
			Blacklist: c.Sets.Blacklist, Whitelist: c.Sets.Whitelist, Blackout: c.Sets.Blackout, Burst: daemon.BurstSet,
		},
		Prefix4: c.Prefix.IPv4, Prefix6: c.Prefix.IPv6,
	}
	for _, b := range c.Firewall.Bursts {
		out.Bursts = append(out.Bursts, firewall.Burst(b))
	}
	return out
}

func firewallPrint() *cobra.Command {
	var p plumbing
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the rules as iptables-restore and ip6tables-restore read them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.load()
			if err != nil {
				return err
			}
			for _, f := range []firewall.Family{firewall.IPv4, firewall.IPv6} {
				text, err := firewall.Rules(firewallConfig(cfg), f)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "# %s\n%s", f, text)
			}
			return nil
		},
	}
	p.flags(cmd)
	return cmd
}

func firewallApply() *cobra.Command {
	var p plumbing
	var confirm span
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Put the rules in force; doing it again changes nothing",
		Long: `apply puts the rules in force in both families, or in none. Where they stand
already, nothing is touched.`,
		Example: `  syslog-blacklist firewall apply
  syslog-blacklist firewall apply --confirm 60s   # takes them back unless you answer`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.load()
			if err != nil {
				return err
			}
			if confirm == 0 {
				return firewall.Apply(cmd.Context(), firewallConfig(cfg))
			}
			// A lost connection ends the terminal, and must take the rules back.
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP)
			defer stop()
			signal.Ignore(syscall.SIGPIPE)
			return firewall.ApplyConfirmed(ctx, firewallConfig(cfg), time.Duration(confirm), func() <-chan bool {
				fmt.Fprintf(cmd.ErrOrStderr(), "The rules are in force. Keep them? Answer y within %s: ", confirm.String())
				return answer(ctx, cmd.InOrStdin())
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().Var(&confirm, "confirm", "take the rules back unless y is answered within this `time`")
	return cmd
}

// answer reads one line and says whether it is a yes. The channel closes when
// there is none. Its goroutine ends with the line, or with the process.
func answer(ctx context.Context, r io.Reader) <-chan bool {
	said := make(chan bool)
	go func() {
		defer close(said)
		line, err := bufio.NewReader(r).ReadString('\n')
		if err != nil {
			return
		}
		select {
		case said <- line == "y\n" || line == "yes\n":
		case <-ctx.Done():
		}
	}()
	return said
}

func firewallRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove",
		Short: "Take the rules away, in both iptables backends; the sets stay",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return firewall.Remove(cmd.Context()) },
	}
}

func firewallCheck() *cobra.Command {
	var p plumbing
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell whether the rules are in force; exit status 1 when not",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.load()
			if err != nil {
				return err
			}
			status, err := firewall.Check(cmd.Context(), firewallConfig(cfg))
			if err != nil {
				return err
			}
			for _, s := range status {
				fmt.Fprintln(cmd.OutOrStdout(), s)
				for _, line := range s.Want {
					fmt.Fprintln(cmd.OutOrStdout(), "  wanted:", line)
				}
				for _, line := range s.Have {
					fmt.Fprintln(cmd.OutOrStdout(), "  there: ", line)
				}
				if s.State == firewall.Absent || s.State == firewall.Different || len(s.Before) > 0 {
					err = command.ErrSilent
				}
			}
			return err
		},
	}
	p.flags(cmd)
	return cmd
}
