// Command syslog-blacklist receives syslog messages, recognises attacks in them
// and keeps the attackers' addresses in the kernel's ipsets, whose packets the
// firewall drops.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without the process around it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	started := false
	root := rootCommand(&started)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, errSilent) {
		fmt.Fprintln(stderr, "syslog-blacklist:", err)
	}
	if !started {
		fmt.Fprintln(stderr, "hint: syslog-blacklist --help lists the commands, and COMMAND --help its flags")
		return exitUsage
	}
	if hint := hintFor(err); hint != "" {
		fmt.Fprintln(stderr, "hint:", hint)
	}
	return exitFailed
}

// errSilent ends a command that has said everything already.
var errSilent = errors.New("failed")
