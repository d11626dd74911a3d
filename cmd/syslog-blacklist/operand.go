package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/rules"
)

// parsePrefix reads what people write: an address, or a prefix.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, fmt.Errorf("read address %q: an address such as 192.0.2.7 or a prefix such as 2001:db8::/64 is wanted", s)
	case p != p.Masked():
		return p, fmt.Errorf("read prefix %s: it has bits beyond its length; write %s", p, p.Masked())
	}
	return p, nil
}

func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return a, fmt.Errorf("read address %q: one address such as 192.0.2.7 is wanted", s)
	}
	return a.Unmap(), nil
}

// onePrefix and oneAddr check the one operand of a command: what is wrong with
// it is wrong use.
func onePrefix(cmd *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(cmd, args); err != nil {
		return err
	}
	_, err := parsePrefix(args[0])
	return err
}

func oneAddr(cmd *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(cmd, args); err != nil {
		return err
	}
	_, err := parseAddr(args[0])
	return err
}

// span is a flag that takes a duration as the rules file does.
type span time.Duration

func (s *span) String() string { return rules.FormatDuration(time.Duration(*s)) }
func (s *span) Type() string   { return "duration" }
func (s *span) Set(text string) error {
	d, err := rules.ParseDuration(text)
	*s = span(d)
	return err
}

// network is a flag that takes an address or a prefix.
type network netip.Prefix

func (n *network) String() string { return "" }
func (n *network) Type() string   { return "prefix" }
func (n *network) Set(text string) error {
	p, err := parsePrefix(text)
	*n = network(p)
	return err
}

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	of    []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "word" }
func (c *choice) Set(text string) error {
	if !slices.Contains(c.of, text) {
		return fmt.Errorf("%s is wanted", strings.Join(c.of, ", "))
	}
	c.value = text
	return nil
}
