// Package receiver turns URLs into bound sources of syslog messages.
//
//	udp://127.0.0.1:5514         one message a datagram (RFC 5426); port 514 unless given
//	tcp://127.0.0.1:5514         octet counting or lines (RFC 6587); port 514 unless given
//	tls://127.0.0.1              the same inside TLS (RFC 5425); port 6514 unless given
//	unixgram:///run/x/log        datagrams of local programs, like /dev/log
//	file:///var/log/x?tag=named  a file, or a pattern of files, followed as it grows
//	stdin                        lines until the end of file
//
// Open binds all of them before anything is read, Run reads one of them. Sockets that systemd hands over are used for
// the URL that they match; a unix datagram socket that no URL names, journald's /run/systemd/journal/syslog, becomes a
// listener of its own.
//
// Messages are parsed where they were read, in batches, and lent to the handler: no queue and no copy stand between. The
// kernel's socket buffer is the queue, and what the kernel throws away is counted like everything else that is not delivered.
//
// Who renews a certificate, its key or the clients' authority need do no more: the files are read again when they changed, for the
// connections to come.
//
// The package decides who is heard (Trust, the permitted peers of TLS, the users of a unix socket) and bounds what one sender may
// hold. It refuses to listen beyond loopback while nobody is trusted, it does not speak DTLS (RFC 6012) or RELP, it sends nothing,
// and it does not know what a message means.
package receiver
