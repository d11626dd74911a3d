package main

import (
	"github.com/spf13/cobra"

	"syslog-blacklist/internal/command"
	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/daemon"
	"syslog-blacklist/internal/metrics"
)

// plumbing are the flags that choose files; every command that needs the
// configuration has them.
type plumbing struct {
	config, rules string
}

func (p *plumbing) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.config, "config", "", "configuration `file` (default "+config.Path+", which may be missing)")
	cmd.Flags().StringVar(&p.rules, "rules", "", "rules `file` (default: as the configuration says)")
}

// load reads the configuration, with the flags over it.
func (p *plumbing) load() (*config.Config, error) {
	cfg, err := config.Load(p.config)
	if err == nil && p.rules != "" {
		cfg.Rules, cfg.RulesSet = p.rules, true
	}
	return cfg, err
}

func runCommand() *cobra.Command {
	var p plumbing
	var listen []string
	var dryRun bool
	var format string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Receive messages and block attackers",
		Long: `run receives syslog messages and keeps the attackers' addresses in the kernel's
sets until it is told to stop. The bans stay in force afterwards.

Without any file it listens on 127.0.0.1:5514, UDP and TCP, with the shipped
default rules. SIGHUP reloads the rules; a faulty file changes nothing.`,
		Example: `  sudo syslog-blacklist run
  syslog-blacklist run --dry-run --listen stdin < /var/log/auth.log`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := newLogger(cmd.ErrOrStderr(), format)
			if err != nil {
				return err
			}
			cfg, err := p.load()
			if err != nil {
				return err
			}
			if len(listen) > 0 {
				cfg.Listen = listen
			}
			cfg.DryRun = cfg.DryRun || dryRun
			d, err := daemon.Open(cmd.Context(), cfg, metrics.Build{Version: command.Version(), Revision: command.Revision()}, log)
			if err != nil {
				return err
			}
			return d.Run(cmd.Context())
		},
	}
	p.flags(cmd)
	cmd.Flags().StringArrayVar(&listen, "listen", nil, "listen on `URL` instead of what the configuration says; may be repeated")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "decide and log, and leave the kernel alone")
	cmd.Flags().StringVar(&format, "log-format", "text", "log as `text or json`")
	return cmd
}
