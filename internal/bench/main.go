// Bench measures syslog-blacklist against what does the same work elsewhere, and
// prints a table for the README:
//
//	go run ./internal/bench [-quick] [-run REGEXP] [-repeats N] [-list]
//
// Each row is a ratio: both sides take turns within one run, so that what else
// the machine does hits both. It shows medians over the turns and their spread.
// It asserts nothing. Rows that write to the kernel's sets need root; they run in a
// network namespace of their own and touch nothing outside. Rows whose other side
// is not installed are left out, and it says so.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	quick := flags.Bool("quick", false, "a short run: fewer turns, smaller files and sets")
	only := flags.String("run", "", "only the rows whose name matches this `regexp`")
	repeats := flags.Int("repeats", 0, "turns of each row (default 9, with -quick 3)")
	list := flags.Bool("list", false, "list the rows and what they need")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	b := &bench{quick: *quick, repeats: 9, progress: progress}
	if *quick {
		b.repeats = 3
	}
	if *repeats > 0 {
		b.repeats = *repeats
	}
	if *list {
		for _, r := range rows {
			fmt.Fprintln(out, r)
		}
		return nil
	}
	// Where Debian keeps the programs that we are measured against.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin:/usr/libexec/sshguard")
	return b.inNamespace(func() (err error) {
		if b.dir, err = os.MkdirTemp("", "syslog-blacklist-bench-"); err != nil {
			return err
		}
		return errors.Join(b.print(out, chosen), os.RemoveAll(b.dir))
	})
}
