// Package ledger counts offences, decides who is banned until when, and
// remembers it.
//
// It is the one place where a verdict becomes a ban. It is a function of its
// arguments: time is passed in, nothing is read from a clock, a socket or the
// kernel, and nothing is written but the file that [Ledger] keeps when it is
// asked to. Whoever enforces the ledger drains its changes ([Ledger.Drain]) and
// compares the kernel with it ([Ledger.Each]); the ledger never waits for them.
//
// All deadlines run on the clock that goes on during suspend and never steps
// ([Time].Boot). Wall-clock time is for people, and for the file on disk.
//
// A [Disk] keeps the bans, the acceptances and the past bans in a file; strikes and
// sessions end with the process.
package ledger
