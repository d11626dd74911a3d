package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
)

// asking are the flags of a command that asks the daemon.
type asking struct {
	config string
	json   bool
}

func (a *asking) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.config, "config", "", "configuration `file` of the daemon (default "+config.Path+", which may be missing)")
}

func (a *asking) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON: times as RFC 3339, durations in seconds and as text")
}

// client returns what asks the daemon that the configuration names.
func (a *asking) client() (*control.Client, error) {
	cfg, err := config.Load(a.config)
	if err != nil {
		return nil, err
	}
	return control.NewClient(cfg.Control.Socket), nil
}

// order has the daemon do something.
func (a *asking) order(cmd *cobra.Command, o control.Order) (control.Answer, error) {
	c, err := a.client()
	if err != nil {
		return control.Answer{}, err
	}
	answer, err := c.Do(cmd.Context(), o)
	notes(cmd, answer)
	return answer, err
}

func notes(cmd *cobra.Command, answer control.Answer) {
	for _, note := range answer.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), "note:", printable(note))
	}
}
