package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/replay"
)

func explainCommand() *cobra.Command {
	var p plumbing
	var tag string
	cmd := &cobra.Command{
		Use:   "explain [flags] LINE…",
		Short: "Tell how a log line is read, what was tried on it, and what would happen",
		Long: `explain takes a log line apart: what is read as its priority, time, host and
program; the line that the rules see; which patterns came near and where each
stopped; the verdict, and the ban it would lead to. Nothing is banned, and no
daemon is asked: strikes and bans begin with the first line given.

Each argument is a line, and later lines see what earlier ones led to. Words that
were not quoted are taken for one line. Put -- before a line that begins with -.`,
		Example: `  syslog-blacklist explain 'Nov 21 10:00:00 host sshd[7]: Invalid user x from 203.0.113.9 port 22'
  syslog-blacklist explain --rules new.conf "$(grep -m1 imapd /var/log/mail.log)"`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, lines []string) error {
			o, err := p.replayOptions(tag, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, " ") }) {
				lines = []string{strings.Join(lines, " ")}
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			_, plain := os.LookupEnv("NO_COLOR")
			colour := !plain && isTerminal(cmd.OutOrStdout())
			r := replay.New(o)
			for i, line := range lines {
				if i > 0 {
					fmt.Fprintf(out, "\n")
				}
				if err := r.Explain(out, line, colour); err != nil {
					return err
				}
			}
			return out.Flush()
		},
	}
	p.flags(cmd)
	tagFlag(cmd, &tag)
	return cmd
}
