package receiver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// openUDP binds l to at, or to the inherited socket file when there is one.
func (l *Listener) openUDP(at netip.AddrPort, file *os.File) error {
	var conn net.PacketConn
	var err error
	if file != nil {
		conn, err = net.FilePacketConn(file)
		file.Close()
	} else {
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	}
	if err != nil {
		return bindError(err)
	}
	l.close = conn.Close
	l.addr = conn.LocalAddr()
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return fmt.Errorf("inherited socket %s is not UDP", l.addr)
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return err
	}
	if err := l.kernel.follow(raw); err != nil {
		return err
	}
	d := newDatagrams(raw, l.options.Line, false)
	l.run = func(ctx context.Context, h Handler) error {
		stop := context.AfterFunc(ctx, func() { udp.SetReadDeadline(past) })
		defer stop()
		return l.readUDP(ctx, d, h)
	}
	return nil
}

// readUDP hands on the datagrams of trusted senders until ctx ends.
func (l *Listener) readUDP(ctx context.Context, d *datagrams, h Handler) error {
	out := newOutbox(l, h)
	for ctx.Err() == nil {
		n, err := d.read()
		if err != nil {
			return err
		}
		out.Time = time.Now()
		now := out.Time.UnixNano()
		for i := range n {
			peer := d.peer(i)
			sender := l.trust.find(peer)
			if sender == nil {
				l.untrusted.Add(1)
				continue
			}
			sender.spoke(now)
			text, cut := d.text(i)
			out.add(text, cut, peer)
		}
		out.flush()
	}
	return nil
}
