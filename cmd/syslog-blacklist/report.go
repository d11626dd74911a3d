package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/report"
)

func reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "List, show and send reports of incidents",
		Long: `report is about the incidents that report: in the configuration has the daemon
collect: what came from one network, of one kind, on one day. Nothing goes out
before you have said so, unless the configuration says "send: automatically";
and a mail to yourself goes first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(reportListCommand(), reportShowCommand(), reportSendCommand(), reportFormCommand())
	return cmd
}

func reportListCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the incidents, the youngest first",
		Long: `list shows the incidents of the last 30 days and how far each has come: open
while lines may be added, review when it was mailed to you, sent, or given up.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			reports, err := c.Reports(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), reports)
			}
			printReports(cmd.OutOrStdout(), reports)
			return nil
		},
	}
	a.flags(cmd)
	a.jsonFlag(cmd)
	return cmd
}

func printReports(w io.Writer, reports []control.Report) {
	if len(reports) == 0 {
		fmt.Fprintln(w, "nothing")
		return
	}
	rows := [][]string{{"ID", "NETWORK", "HITS", "ADDRESSES", "KIND", "STATE", "DESK"}}
	for _, r := range reports {
		state := r.State
		if r.Fault != "" {
			state += " (failed)"
		}
		rows = append(rows, []string{
			r.ID, r.Network, strconv.FormatUint(r.Count, 10), strconv.Itoa(len(r.Sources)), r.Kind, state, cmp.Or(strings.Join(r.Desk, " "), "-"),
		})
	}
	table(w, rows)
}

func reportShowCommand() *cobra.Command {
	var a asking
	var way string
	var raw bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show what a report would tell, and to whom",
		Long: `show prints the report in each form in which it would be sent now: to whom, the
text, and what is attached. --raw prints the bytes that would go over the wire.`,
		Example: `  syslog-blacklist report show 20240501-1
  syslog-blacklist report show 20240501-1 --by desk --raw > report.eml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			r, err := c.Report(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if way != "" {
				r.Rendered = slices.DeleteFunc(r.Rendered, func(x control.Rendered) bool { return x.Way != way })
				if len(r.Rendered) == 0 {
					return fmt.Errorf("show report %s: it is not sent by %s: the configuration does not say so", r.ID, printable(way))
				}
			}
			out := cmd.OutOrStdout()
			switch {
			case a.json:
				return printJSON(out, r)
			case raw:
				for _, x := range r.Rendered {
					out.Write(x.Raw)
				}
				return nil
			}
			printReport(out, &r)
			return nil
		},
	}
	a.flags(cmd)
	a.jsonFlag(cmd)
	cmd.Flags().StringVar(&way, "by", "", "only one `way`: desk, form or abuseipdb")
	cmd.Flags().BoolVar(&raw, "raw", false, "print what goes over the wire, mails with their headers")
	return cmd
}

func printReport(w io.Writer, r *control.Report) {
	fmt.Fprintf(w, "report %s: %s from %s, %s\nof entries: %s (told nobody)\n", r.ID, printable(r.Kind), r.Network, r.State, printable(strings.Join(r.Entries, ", ")))
	if r.Fault != "" {
		fmt.Fprintf(w, "warning: %s\n", printable(r.Fault))
	}
	for _, x := range r.Rendered {
		fmt.Fprintf(w, "\n== %s, to %s\n", x.Way, printable(cmp.Or(strings.Join(x.To, ", "), "nobody: no abuse desk is known; name it under report.desks")))
		if t, ok := r.Sent[x.Way]; ok {
			fmt.Fprintf(w, "sent %s\n", t)
		}
		fmt.Fprintf(w, "Subject: %s\n\n", printable(x.Subject))
		printText(w, x.Text)
		for _, p := range x.Parts {
			fmt.Fprintf(w, "\n-- attached: %s\n", p.Name)
			printText(w, p.Text)
		}
	}
}

// printText prints what has lines.
func printText(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintln(w, printable(strings.TrimSuffix(line, "\n")))
	}
}

func reportSendCommand() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "send ID",
		Short: "Send a report to whom it concerns",
		Long: `send sends the report by every way that the configuration names and by which it
has not gone yet: to the abuse desk, in the form, to AbuseIPDB. A report is sent
once; more of the same day is only counted with it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := a.order(cmd, control.Order{Verb: control.SendReport, Report: args[0]})
			return err
		},
	}
	a.flags(cmd)
	return cmd
}

func reportFormCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "form",
		Short: "Print the shipped form for CSIRTs, to be changed",
		Long: `form prints the template that report.form: in the configuration fills in unless it
names another one. It is in the shape that JPCERT/CC asks for.`,
		Example: `  syslog-blacklist report form > /etc/syslog-blacklist/form.txt`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), report.DefaultForm)
			return err
		},
	}
}
