package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"syslog-blacklist/rules"
)

func rulesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rules [NAME]",
		Short: "List the shipped rules, or show one as text",
		Long: `rules lists the rules that are shipped, which "use NAME" puts in force, with what
they are for and the verdict they ship with. With a name it shows these rules as
they would stand in a rules file.`,
		Example: `  syslog-blacklist rules
  syslog-blacklist rules sshd > /etc/syslog-blacklist.d/sshd.conf`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return rules.Library(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 1 {
				text, ok := rules.LibraryText(args[0])
				if !ok {
					return fmt.Errorf("show rules %q: there are none of that name; syslog-blacklist rules lists them", args[0])
				}
				_, err := io.WriteString(out, text)
				return err
			}
			shipped := shippedRules()
			if asJSON {
				return printJSON(out, shipped)
			}
			rows := [][]string{{"NAME", "ENTRIES", "VERDICT", "WHAT FOR"}}
			for _, s := range shipped {
				verdict := s.Verdicts[0]
				if more := len(s.Verdicts) - 1; more > 0 {
					verdict += fmt.Sprintf(" (and %d more)", more)
				}
				rows = append(rows, []string{s.Name, fmt.Sprint(s.Entries), verdict, s.Description})
			}
			table(out, rows)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return cmd
}

// shipped is a file of shipped rules.
type shipped struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Entries     int      `json:"entries"`
	Verdicts    []string `json:"verdicts"` // that differ, in the order of the file
}

func shippedRules() []shipped {
	var out []shipped
	for _, name := range rules.Library() {
		text, _ := rules.LibraryText(name)
		set, faults := rules.Parse(name, []byte("use "+name+"\n"))
		if set == nil {
			panic(fmt.Sprintf("rules: shipped rules are faulty: %v", faults))
		}
		s := shipped{Name: name, Description: description(text), Entries: len(set.Entries())}
		for _, e := range set.Entries() {
			for _, v := range e.Verdicts {
				if text := v.String(); !slices.Contains(s.Verdicts, text) {
					s.Verdicts = append(s.Verdicts, text)
				}
			}
		}
		out = append(out, s)
	}
	return out
}

// description is the first sentence of the comment at the head of a file.
func description(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "# ")
		if !ok || strings.HasPrefix(comment, " ") { // an indented line is an example
			break
		}
		words = append(words, strings.Fields(comment)...)
	}
	sentence, _, _ := strings.Cut(strings.Join(words, " ")+" ", ". ")
	return strings.TrimRight(sentence, " .:")
}
