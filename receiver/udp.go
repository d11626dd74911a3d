package receiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// openUDP binds l to at, or to the inherited socket file when there is one.
func (l *Listener) openUDP(at netip.AddrPort, file *os.File) error {
	conn, err := listenUDP(at, file)
	if err != nil {
		return bindError(err)
	}
	l.close = conn.Close
	l.addr = conn.LocalAddr()
	raw, err := rawConn(conn)
	if err != nil {
		return err
	}
	if err := l.kernel.follow(raw); err != nil {
		return err
	}
	d := newDatagrams(raw, l.options.Line, false)
	l.run = func(ctx context.Context, h Handler) error {
		defer wakeAtEnd(ctx, conn)()
		return l.readDatagrams(ctx, d, h, l.admitTrusted(d))
	}
	return nil
}

// admitTrusted lets the datagrams of trusted addresses pass.
func (l *Listener) admitTrusted(d *datagrams) admitFunc {
	var last netip.Addr // most datagrams come from where the one before came from
	var sender *heard
	return func(i int, now time.Time) (netip.Addr, bool) {
		if peer := d.peer(i); peer != last {
			last, sender = peer, l.trust.find(peer)
		}
		if sender == nil {
			return last, false
		}
		sender.spoke(now.UnixNano())
		return last, true
	}
}

func listenUDP(at netip.AddrPort, file *os.File) (net.PacketConn, error) {
	if file != nil {
		defer file.Close()
		return net.FilePacketConn(file)
	}
	return net.ListenUDP(ipNetwork("udp", at), net.UDPAddrFromAddrPort(at))
}

// admitFunc says, before anything is parsed, who sent the i-th of the datagrams that were read at now, and whether he is heard.
type admitFunc func(i int, now time.Time) (peer netip.Addr, ok bool)

// readDatagrams hands on the datagrams that admit lets pass, until ctx ends and what had come by then is read.
func (l *Listener) readDatagrams(ctx context.Context, d *datagrams, h Handler, admit admitFunc) error {
	out := newOutbox(l, h)
	defer out.flush(false)
	for run := 1; ctx.Err() == nil; run++ {
		if err := l.readBatch(d, out, run%maxRun != 0, admit); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return l.readLast(d, out, admit)
}

// maxRun is how many batches in a row say that more follows: some milliseconds' worth.
const maxRun = 64

// readBatch hands on what one system call brings. It waits for datagrams unless the last batch told of more; this one tells
// of more if it may and is full.
func (l *Listener) readBatch(d *datagrams, out *outbox, more bool, admit admitFunc) error {
	n, err := d.read(!out.More)
	if err == nil {
		l.handOn(d, n, out, more && n == batchSize, admit)
	}
	return err
}

// handOn hands on the n datagrams that were read, and tells of more.
func (l *Listener) handOn(d *datagrams, n int, out *outbox, more bool, admit admitFunc) {
	out.Time = time.Now()
	dropped := uint64(0)
	for i := range n {
		peer, ok := admit(i, out.Time)
		if !ok {
			dropped++
			continue
		}
		text, cut := d.text(i)
		out.add(text, cut, peer)
	}
	if dropped > 0 {
		l.untrusted.Add(dropped)
	}
	out.flush(more)
}

// wakeAtEnd lets reads of conn fail from the end of ctx. The function it returns must be called when nobody reads any more.
func wakeAtEnd(ctx context.Context, conn net.PacketConn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { conn.SetReadDeadline(past) })
}

// rawConn returns access to the socket beneath conn.
func rawConn(conn net.PacketConn) (syscall.RawConn, error) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil, errors.New("not a socket of the operating system")
	}
	return c.SyscallConn()
}

// ipNetwork returns the name that package net knows a transport by. To it 0.0.0.0 would mean IPv6 too.
func ipNetwork(transport string, at netip.AddrPort) string {
	if at.Addr().Is4() {
		return transport + "4"
	}
	return transport
}

// bindError says the cause that package net wraps, and what can be done about it.
func bindError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: another program listens there; stop it (ss -lp shows it) or choose another address", err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: choose a port above 1023 or a directory that may be written, or grant CAP_NET_BIND_SERVICE", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w: write an address that this host has", err)
	}
	return err
}
