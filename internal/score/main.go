// Score tells how well the shipped rules do on a corpus of log lines that carry a
// verdict: it prints, by source and by service, how many attacks are recognised
// with the right address, how many addresses are wrong, and which quiet lines hit.
//
//	go run ./internal/score [--misses] [--service NAME] DIR
//	go run ./internal/score --import /etc/fail2ban [--misses] [--service NAME] DIR
//
// DIR holds one .jsonl file a source; a line is one case, see case.go. The
// sources contradict one another, so that each is judged by itself.
//
// It measures the rules and nothing else: no address is banned, and one that
// would be spared counts as recognised.
//
// With --import it imports a configuration of fail2ban with every jail enabled, has
// fail2ban-regex try each jail's filter on the lines, and prints how many of those
// that fail2ban recognises the imported rules do.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
)

func main() {
	misses := flag.Bool("misses", false, "print each line that is not judged as the source does, as rules see it")
	imported := flag.String("import", "", "compare what fail2ban's configuration in `DIR` recognises with what its import does")
	service := flag.String("service", "", "judge the cases of this service only")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: score [--misses] [--service NAME] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	err := run(os.Stdout, flag.Arg(0), *imported, *service, *misses)
	if err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

// run judges the corpus in dir, or one service of it, and prints the table. With
// imported, a configuration of fail2ban's, it judges what its import does.
func run(out io.Writer, dir, imported, service string, misses bool) error {
	cases, err := read(dir)
	if err != nil {
		return err
	}
	if service != "" {
		cases = slices.DeleteFunc(cases, func(c testCase) bool { return c.Service != service })
	}
	if imported != "" {
		return runImport(out, imported, cases, misses)
	}
	j, err := newJudge()
	if err != nil {
		return err
	}
	t := table{}
	for _, c := range cases {
		f := j.judge(c)
		t.add(c, f.result)
		if misses && f.result != right && f.result != notJudged {
			fmt.Fprintf(out, "%s %s %s %s %s %s: %s\n\t%s\n", c.ID, c.Source, c.Service, c.Rule, c.Kind, c.IP, f, canonical(c.packet()))
		}
	}
	t.print(out)
	return nil
}
