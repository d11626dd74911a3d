// Package fail2ban reads the configuration of fail2ban and writes what it means in
// the language of rules: jails whose services we ship rules for become use
// directives, other filters are translated pattern by pattern.
//
// It understands the files as fail2ban does: the order in which they override one
// another, includes, %(option)s, <option>. What it cannot say in a rules file it
// reports as a Problem and as a comment, with the place and the reason.
//
// It runs no command and no action, resolves no name, and changes nothing. The files
// may be hostile: their size, number and expansion are bounded, and what it writes
// is always a rules file without faults.
package fail2ban
