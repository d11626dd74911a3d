package command

import (
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manuals are the names of the sections.
var manuals = map[int]string{1: "User commands", 8: "System administration"}

// manual returns the command that writes the manual pages from the commands, so
// that the two cannot disagree.
func (p Program) manual() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages into DIR",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			p.Root.DisableAutoGenTag = true
			header := &doc.GenManHeader{
				Title: strings.ToUpper(p.Root.Name()), Section: strconv.Itoa(p.Section), Source: "syslog-blacklist", Manual: manuals[p.Section],
			}
			return doc.GenManTree(p.Root, header, args[0])
		},
	}
}
