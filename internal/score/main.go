// Score tells how well the shipped rules do on a corpus of log lines that carry a
// verdict: it prints, by source and by service, how many attacks are recognised
// with the right address, how many addresses are wrong, and which quiet lines hit.
//
//	go run ./internal/score [--misses] [--service NAME] DIR
//
// DIR holds one .jsonl file a source; a line is one case, see case.go. The
// sources contradict one another, so that each is judged by itself.
//
// It measures the rules and nothing else: no address is banned, and one that
// would be spared counts as recognised.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	misses := flag.Bool("misses", false, "print each line that is not judged as the source does, as rules see it")
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
	if err := run(os.Stdout, flag.Arg(0), *service, *misses); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

// run judges the corpus in dir, or one service of it, and prints the table.
func run(out io.Writer, dir, service string, misses bool) error {
	cases, err := read(dir)
	if err != nil {
		return err
	}
	j, err := newJudge()
	if err != nil {
		return err
	}
	t := table{}
	for _, c := range cases {
		if service != "" && c.Service != service {
			continue
		}
		f := j.judge(c)
		t.add(c, f.result)
		if misses && f.result != right && f.result != notJudged {
			fmt.Fprintf(out, "%s %s %s %s %s %s: %s\n\t%s\n", c.ID, c.Source, c.Service, c.Rule, c.Kind, c.IP, f, canonical(c.packet()))
		}
	}
	t.print(out)
	return nil
}
