package receiver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"syslog-blacklist/internal/syslog"
)

// Message is a message and who sent it.
type Message struct {
	syslog.Message
	// Peer is the address that it came from, unmapped and without zone. It is not valid for unix sockets, files and stdin.
	Peer netip.Addr
}

// Batch is what one reading brought: at least one message. It and every byte in it are borrowed: they belong to the receiver
// again when the handler returns.
type Batch struct {
	Listener *Listener
	// Time is when the messages were read.
	Time     time.Time
	Messages []Message
	// More tells that the source has read on before it waits: another batch, maybe an empty one, follows within milliseconds.
	More bool
}

// Handler is given every batch. It is called by many goroutines at once, one a datagram socket and one a connection, and
// while it runs its own source is not read.
type Handler func(*Batch)

// Options hold for all listeners of one Open.
type Options struct {
	// Trust says who is heard on udp, tcp and tls. When empty, listeners on loopback hear loopback and others are refused.
	Trust *Trust
	// TrustUsers says that messages of ordinary users (UID 1000 and above) are heard on unix sockets. Whoever may run a program
	// on this host can then write what he likes in the name of any program.
	TrustUsers bool
	TLS        TLS
	// Line is the longest message in bytes, 64 KiB when 0. Longer ones are cut there. Datagrams end at 65,535 bytes in any case.
	Line int
	// Connections is how many connections there may be at once over all listeners, 512 when 0. One peer may hold a quarter of
	// them, so that a sender run wild leaves room for the others.
	Connections int
	// Idle is how long a connection may go without completing a message before it is closed, ten minutes when 0.
	Idle time.Duration
	// State is the directory that keeps how far files were read. When empty that is not kept, and files are read from their end.
	State string
	// PeersChanged, when not nil, is called after an address became, or ceased to be, a connected sender.
	PeersChanged func()
	// Logger, when not nil, is told why connections ended, at level debug, and of troubles that pass by themselves.
	Logger *slog.Logger
}

// withDefaults returns o with its zero values replaced.
func (o Options) withDefaults() Options {
	if o.Line == 0 {
		o.Line = 64 << 10
	}
	if o.Connections == 0 {
		o.Connections = 512
	}
	if o.Idle == 0 {
		o.Idle = 10 * time.Minute
	}
	if o.PeersChanged == nil {
		o.PeersChanged = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Listener is a bound source. Its methods may be called by any goroutine; Run once.
type Listener struct {
	url     string
	addr    net.Addr
	options Options
	trust   *Trust // of a network listener, never empty

	identity *identity     // nil unless it speaks TLS
	stopTime time.Duration // the constant, but in tests

	run   func(context.Context, Handler) error
	close func() error

	received, untrusted, oversize, connections, broken atomic.Uint64
	kernel                                             kernelDrops
	places                                             *crowd // of all listeners' connections
	peers                                              crowd  // those that proved who they are
}

// Stats is what a listener has counted since it was opened.
type Stats struct {
	// Received counts the messages that the handler was given and has returned from, cut ones included.
	Received uint64
	// DroppedKernel counts datagrams that came while the receive buffer was full.
	DroppedKernel uint64
	// DroppedUntrusted counts datagrams and connections of addresses outside Trust, datagrams of users that are not believed,
	// and connections whose TLS handshake failed or whose certificate is not permitted.
	DroppedUntrusted uint64
	// DroppedOversize counts messages that were cut at Options.Line. Their beginning was given to the handler.
	DroppedOversize uint64
	// DroppedConnections counts connections that were refused because there were too many.
	DroppedConnections uint64
	// DroppedBroken counts connections that were ended with a message begun: its octet count was none, its rest did not
	// come before the end of the connection or within Options.Idle.
	DroppedBroken uint64
	// ReceiveBuffer is the size in bytes of a UDP socket's receive buffer, 0 for others. 16 MiB are asked for; without
	// CAP_NET_ADMIN no more than the sysctl net.core.rmem_max is got.
	ReceiveBuffer int
}

// Run reads until ctx ends, or what it reads from ends by itself (stdin), and returns nil then. What had come to sockets when ctx
// ended is read before, for a second at most. It calls h with every batch, and returns when no call is under way any more and
// the source is closed. An error names the URL.
func (l *Listener) Run(ctx context.Context, h Handler) error {
	err := l.run(ctx, h)
	if ctx.Err() != nil {
		err = nil // whatever the source said on being woken
	}
	l.kernel.total() // the last chance to ask
	if closing := l.close(); !errors.Is(closing, net.ErrClosed) {
		err = errors.Join(err, closing)
	}
	if err != nil {
		return fmt.Errorf("receive from %s: %w", l.url, err)
	}
	return nil
}

// Close gives back a source that will not be run. Run closes it otherwise.
func (l *Listener) Close() error { return l.close() }

// URL returns the URL that the listener was opened with, or one made up for an inherited socket that none named.
func (l *Listener) URL() string { return l.url }

// Addr returns the address that the listener is bound to, nil for files and stdin.
func (l *Listener) Addr() net.Addr { return l.addr }

// Peers returns the addresses that hold a connection now, in no order.
func (l *Listener) Peers() []netip.Addr { return l.peers.list() }

// Trouble says what must be mended although l works: the files of TLS changed, and those from before are in force. It is empty
// when there is none.
func (l *Listener) Trouble() string {
	if l.identity == nil {
		return ""
	}
	if why := l.identity.fault.Load(); why != nil {
		return *why
	}
	return ""
}

// Stats returns the counters. The kernel is asked each time, so drops show when no datagram comes any more.
func (l *Listener) Stats() Stats {
	return Stats{
		Received:           l.received.Load(),
		DroppedKernel:      l.kernel.total(),
		DroppedUntrusted:   l.untrusted.Load(),
		DroppedOversize:    l.oversize.Load(),
		DroppedConnections: l.connections.Load(),
		DroppedBroken:      l.broken.Load(),
		ReceiveBuffer:      l.kernel.buffer,
	}
}

// outbox collects the messages of one source into batches.
type outbox struct {
	Batch
	handle Handler
}

func newOutbox(l *Listener, h Handler) *outbox {
	return &outbox{Batch: Batch{Listener: l, Messages: make([]Message, 0, batchSize)}, handle: h}
}

// add parses text, where it stands, into the batch, and hands the batch on when it is full. The caller leaves text alone until
// flush, and has set Time.
func (o *outbox) add(text []byte, cut bool, peer netip.Addr) {
	if len(o.Messages) == cap(o.Messages) {
		o.flush(true)
	}
	o.Messages = o.Messages[:len(o.Messages)+1]
	m := &o.Messages[len(o.Messages)-1]
	syslog.Parse(&m.Message, text)
	m.Truncated = cut
	m.Peer = peer
	if cut {
		o.Listener.oversize.Add(1)
	}
}

// flush hands on what was collected, if anything was or the last batch told of another.
func (o *outbox) flush(more bool) {
	if len(o.Messages) == 0 && !o.More {
		return
	}
	o.More = more
	o.handle(&o.Batch)
	o.Listener.received.Add(uint64(len(o.Messages)))
	o.Messages = o.Messages[:0]
}
