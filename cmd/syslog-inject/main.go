// Command syslog-inject sends the lines of its standard input as syslog
// messages, for services that can write to a pipe and not to syslog.
package main

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"syslog-blacklist/internal/command"
)

func main() {
	// The service's end and the terminal's must not end the program before it has
	// read what the service wrote last, and a closed standard error never.
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	os.Exit(command.Program{Root: rootCommand(os.Stdin, log), Section: 1, Hint: hintFor}.Run())
}
