// Command syslog-blacklist receives syslog messages, recognises attacks in them
// and keeps the attackers' addresses in the kernel's ipsets, whose packets the
// firewall drops.
package main

import (
	"os"

	"syslog-blacklist/internal/command"
)

func main() {
	os.Exit(command.Program{Root: rootCommand(), Section: 8, Hint: hintFor}.Run())
}
