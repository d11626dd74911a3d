// Package steer proves that nobody can choose the address that a pattern reads
// out of a log line, or shows a line by which somebody can.
//
// Part of most log lines is somebody else's text: a user name, a URL, the name
// that an address resolves to. With
//
//	^sshd\[\d+\]: Invalid user (?P<user>\S+) from (?P<address>…)
//
// a client that calls itself "x from 198.51.100.9" has that address taken for its own,
// although the pattern can be read in one way only. So the question is not
// whether a pattern is ambiguous, but whether the daemon may have written
// a line that the pattern accepts with another address than the client's.
//
// What the daemon may have written is taken to be the pattern with any text in each
// of its free fields: see widen. A pattern is steerable when one line is
// accepted by both, with addresses that begin at different places. The two
// automata walk over the same line side by side, breadth first, so that the
// first such line is a shortest one. The standard library confirms each line
// before it is reported, and where there is none, that is a proof.
//
// The proof rests on what a pattern can't show: that fields which hold digits,
// or the letters of a host name alone, are the daemon's own, and that the daemon writes
// no other lines of that shape. It says nothing of forged senders and forged
// source addresses.
package steer
