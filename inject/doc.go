// Package inject sends lines as syslog messages, for programs that can write to
// a pipe and not to syslog.
//
// It is made to stand behind a pipe whose writer must never wait, such as
// Apache's ErrorLog "|…": a Sender reads its input at full speed whatever the
// network and the disk do, keeps what it cannot send in a ring of RingSize
// bytes, drops the oldest line first when that is full, and says afterwards how
// many were lost. It never ends because a receiver is away, and starts no
// process that could hold the pipe open.
//
// Memory is bounded: one ring for the network, one for the copy file, one line
// of MaxLine bytes, and up to about 1 MiB of what a TCP peer has not
// acknowledged.
//
// What "delivered" means depends on the transport. A Unix socket's receiver has
// the line when the write returns. Over TCP and TLS a line counts as delivered
// when the peer's kernel acknowledged it; what was not acknowledged is sent
// again on the next connection, so a line may arrive twice, but what a receiver
// acknowledged and did not read before it died is gone and nobody is told: syslog
// has no acknowledgement of its own. Over UDP a refusal is noticed: on the
// loopback before the next line is sent, so that the line is kept; from a remote
// host later, so that it is counted, one line a refusal. Datagrams lost on the
// way are not noticed.
package inject
