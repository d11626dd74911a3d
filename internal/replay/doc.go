// Package replay tells what log lines would do, without doing it: it is the
// daemon's way from bytes to bans with a file in front and nothing behind.
//
// A [Replay] reads packets, syslog files, application logs and the journal's
// export, compressed or not, and judges each line with the real rules and the
// real ledger, at the time that stands in the line. A [Summary] gathers what is
// worth telling about many lines; [Explain] tells everything about one.
//
// It enforces nothing, asks no name server, and keeps no more of its input than
// a bounded number of counters. It has neither the breaker nor a sender's share
// of a set: a file does not tell who sent its lines. Of the spared it knows
// those it is given; whose host the lines come from it cannot know.
package replay
