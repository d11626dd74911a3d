package firewall

import (
	"fmt"
	"regexp"
	"strings"
)

// MissingSetError says that a set which the rules name does not exist.
type MissingSetError struct {
	Set string
}

func (e *MissingSetError) Error() string {
	return fmt.Sprintf("set %s does not exist: start `syslog-blacklist run` or syslog-blacklist-sets.service first, which create it", e.Set)
}

var missingSet = regexp.MustCompile(`Set (\S+) doesn't exist`)

// explain returns what an iptables program said as an error, with the remedy.
func explain(program, said string) error {
	if m := missingSet.FindStringSubmatch(said); m != nil {
		return &MissingSetError{Set: m[1]}
	}
	for _, r := range remedies {
		if strings.Contains(said, r.said) {
			return fmt.Errorf("%s: %s: %s", program, said, r.todo)
		}
	}
	return fmt.Errorf("%s: %s", program, said)
}

// remedies are tried in their order.
var remedies = []struct{ said, todo string }{
	{"xt_set is not loaded", "the kernel module xt_set is missing: modprobe xt_set (or install the kernel's extra modules)"},
	{"Can't open socket to ipset", "the kernel module ip_set is missing: modprobe ip_set (or install the kernel's extra modules)"},
	{"Couldn't load match", "iptables lacks that extension: reinstall the package iptables"},
	{"Couldn't load target", "iptables lacks that extension: reinstall the package iptables"},
	{"must be root", "run the command as root"},
	{"Permission denied", "run the command as root"},
	{"xtables lock", "another program holds the lock for more than ten seconds: try again"},
	{"Table does not exist", "the kernel modules iptable_raw and ip6table_raw are missing: modprobe them, or use iptables-nft"},
	{"is incompatible, use 'nft' tool", "the table raw holds rules of nft that iptables can't express: move them to a table of another name"},
	{"No such file or directory", "the kernel may lack a module: modprobe xt_set xt_hashlimit xt_hl"},
	{"No chain/target/match by that name", "the kernel may lack a module: modprobe xt_set xt_hashlimit xt_hl"},
}
