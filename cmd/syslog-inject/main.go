// Command syslog-inject sends the lines of its standard input as syslog
// messages, for services that can write to a pipe and not to syslog.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	// The service's end and the terminal's must not end the program before it has
	// read what the service wrote last, and a closed standard error never.
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without the process around it.
func run(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	started := false
	root := rootCommand(&started, stdin, slog.New(slog.NewTextHandler(stderr, nil)))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(stderr, "syslog-inject:", err)
	if !started {
		fmt.Fprintln(stderr, "hint: syslog-inject --help lists the flags")
		return exitUsage
	}
	if errors.Is(err, os.ErrPermission) {
		fmt.Fprintln(stderr, "hint: the file must be open to the user that runs syslog-inject")
	}
	return exitFailed
}
