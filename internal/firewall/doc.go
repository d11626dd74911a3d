// Package firewall writes the iptables rules that drop what is in the sets. It
// keeps one chain in the table raw of each family and the jumps to it from
// PREROUTING, and touches nothing else.
//
// The table raw stands before connection tracking: a dropped packet leaves no
// entry there, an established connection dies with the ban, and forwarded
// packets (containers) are dropped as well. Only packets that come in pass
// PREROUTING; what this host sends never does.
//
// All of it goes through iptables-restore --noflush, one atomic transaction a
// family, and is read back with iptables-save. The package refuses to create
// sets (the rules fail when one is missing), to guess at rules of others, and to
// run a shell. It is for root's commands; the daemon does not use it.
//
// # Which iptables
//
// iptables has two backends, nft and legacy, whose rules don't see each other.
// Apply uses the one that holds our chain already; else, when what `iptables`
// runs holds no rule at all and the other one does, the other; else what
// `iptables` runs. Check and Remove look in both. Applying creates the table raw
// where there is none; it stays, empty, when the chain is removed. The legacy
// backend creates it already when Check finds no rules of ours and tries them.
package firewall
