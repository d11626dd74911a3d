// Package rules is the language of /etc/syslog-blacklist.conf: named entries of
// verdicts and regular expressions that recognise an attack in a log line and
// read the attacker's address out of it.
//
// Load reads a file, with what it includes and uses, into an immutable Set, or
// reports every fault in it at once. A Matcher of the Set says which entry a
// line belongs to.
//
// The package counts nothing and bans nobody: what a Verdict asks for is done by
// those who keep time and state. It resolves no names. It never guesses an
// address: what net/netip would refuse doesn't match.
package rules
