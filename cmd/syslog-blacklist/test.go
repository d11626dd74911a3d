package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/blocklist"
	"syslog-blacklist/internal/command"
	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/daemon"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/replay"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

func testCommand() *cobra.Command {
	var p plumbing
	var tag string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test [flags] FILE…|-",
		Short: "Tell what log lines would do, without doing it",
		Long: `test reads log files (- is standard input) and tells what their lines would do:
the hits of each entry and pattern, the addresses, the bans that would have
followed, and what looks like a failure and matches nothing, with a pattern for
it. Nothing is banned, no daemon is asked, no privilege is needed.

A file may hold syslog lines, packets as they travel (<38>Nov 21 …), the
journal's export (journalctl -o export), or a program's own log, whose lines get
the program's name by --tag. Each may be compressed by gzip or zstd. Name
rotated files with the oldest first.

Lines count at the times in them, also where a program's own log has them in
brackets or behind time=. A line without a time counts at that of the line
before; a stamp without a year is from the last twelve months, or near the line
before; one without a zone is in the zone of this machine (TZ chooses another). A line that is over five minutes older than one before it in its file
counts late, as the daemon counts a relay's backlog.

Spared are, as always, loopback and the like, the rules' never and the single
addresses in trust. Names in never are not looked up. This machine's own
addresses, gateways and nameservers are not spared, because the lines may come
from another. The breaker (limits) is not in force.

With --json there is one object for each line, counted over all files:
{"line":N,"entry":…,"verdict":"block|accept|ignore|remember|forget",
"address":…,"details":{…},"spared":REASON,"ban":{"until":…,"nth":…}}
with null for what is not so. ban stands with the line that tips it; its until
is null for ever.`,
		Example: `  syslog-blacklist test /var/log/auth.log
  syslog-blacklist test --tag apache /var/log/apache2/error.log.2.gz /var/log/apache2/error.log
  journalctl -o export -u ssh --since -7d | syslog-blacklist test -
  syslog-blacklist test --rules new.conf --json mail.log | jq -r 'select(.ban).address'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			// There is nothing to put in order: an interrupt may end us at once,
			// also while we wait for standard input.
			signal.Reset(os.Interrupt, syscall.SIGTERM)
			o, err := p.replayOptions(tag, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			in, err := newInputs(cmd, files, asJSON)
			if err != nil {
				return err
			}
			out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
			if asJSON {
				return errors.Join(testJSON(in, replay.New(o), out), out.Flush())
			}
			return errors.Join(testSummary(in, o, out), out.Flush())
		},
	}
	p.flags(cmd)
	tagFlag(cmd, &tag)
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object for each line, and no summary")
	return cmd
}

func testJSON(in *inputs, r *replay.Replay, out io.Writer) error {
	j := replay.NewJSON(out)
	return errors.Join(in.read(r, j.Write), j.Err())
}

// testSummary tells also of what was read before a file could not be.
func testSummary(in *inputs, o replay.Options, out io.Writer) error {
	s := replay.NewSummary(o.Rules)
	err := in.read(replay.New(o), s.Add)
	return errors.Join(s.Print(out), err)
}

func tagFlag(cmd *cobra.Command, tag *string) {
	cmd.Flags().StringVar(tag, "tag", "", "the lines are from the own log of program `NAME`, which they don't name")
}

// replayOptions reads configuration and rules. Faults, and what is not done here,
// are written to w.
func (p *plumbing) replayOptions(tag string, w io.Writer) (replay.Options, error) {
	if tag != "" && !replay.ValidTag(tag) {
		return replay.Options{}, fmt.Errorf("tag %q: letters, digits and . _ / - are wanted, 64 at most", tag)
	}
	cfg, err := p.load()
	if err != nil {
		return replay.Options{}, err
	}
	// Little is kept of what is made while rules are loaded, and nothing else is there:
	// to collect it in between would take a third of the time.
	percent := debug.SetGCPercent(800)
	set, faults := daemon.LoadRules(cfg)
	debug.SetGCPercent(percent)
	if set == nil {
		for _, f := range faults {
			fmt.Fprintln(w, f.Format())
		}
		return replay.Options{}, command.ErrSilent
	}
	for _, n := range set.Never() {
		if n.Name != "" {
			fmt.Fprintf(w, "note: never %s: names are not looked up here\n", printable(n.Name))
		}
	}
	return replay.Options{
		Rules: set,
		Ledger: ledger.Config{
			Prefix4: cfg.Prefix.IPv4, Prefix6: cfg.Prefix.IPv6, History: cfg.History, Tracked: cfg.Limits.Tracked,
		},
		Spared: sparedBy(cfg, set),
		Tag:    tag,
		Limit:  cfg.Limits.Line,
		Now:    time.Now(),
	}, nil
}

// sparedBy lists whom the files spare. never comes last: of two reasons for one
// address it is the one told.
func sparedBy(cfg *config.Config, set *rules.Set) []spare.Entry {
	var out []spare.Entry
	for _, t := range cfg.Trust {
		if t.Net.IsSingleIP() {
			out = append(out, spare.Entry{Prefix: t.Net, Reason: spare.Sender})
		}
	}
	for _, n := range set.Never() {
		if n.Name == "" {
			out = append(out, spare.Entry{Prefix: n.Prefix, Reason: spare.NeverRule})
		}
	}
	for _, l := range set.Lists() {
		if l.Never {
			prefixes, _, _ := new(blocklist.Reader).Read([]string{l.Path}, time.Now()) // check tells faults
			for _, p := range prefixes {
				out = append(out, spare.Entry{Prefix: p, Reason: spare.NeverRule})
			}
		}
	}
	return out
}
