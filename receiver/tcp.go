package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// handshakeTime is how long a TLS handshake may take.
const handshakeTime = 10 * time.Second

// openTCP binds l to at, or to the inherited socket file when there is one. Connections speak TLS when l has an identity.
func (l *Listener) openTCP(at netip.AddrPort, file *os.File) error {
	ln, err := listenTCP(at, file)
	if err != nil {
		return bindError(err)
	}
	l.close = ln.Close
	l.addr = ln.Addr()
	l.run = func(ctx context.Context, h Handler) error {
		return l.accept(ctx, ln, func(ctx context.Context, conn net.Conn, sender *heard) error {
			return l.serve(ctx, conn, sender, h)
		})
	}
	return nil
}

func listenTCP(at netip.AddrPort, file *os.File) (net.Listener, error) {
	if file != nil {
		defer file.Close()
		return net.FileListener(file)
	}
	var lc net.ListenConfig
	// Sandboxes that confine TCP (Landlock) do not see Multipath TCP, and no sender of syslog uses it.
	lc.SetMultipathTCP(false)
	return lc.Listen(context.Background(), ipNetwork("tcp", at), net.TCPAddrFromAddrPort(at).String())
}

// accept calls serve, in a goroutine of its own, for every connection of a trusted sender, until ctx ends. It returns when
// all have returned.
func (l *Listener) accept(ctx context.Context, ln net.Listener, serve func(context.Context, net.Conn, *heard) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var connections sync.WaitGroup
	defer connections.Wait()
	defer cancel()
	context.AfterFunc(ctx, func() { ln.Close() })
	var pause time.Duration
	for {
		conn, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err != nil && !passes(err):
			return err
		case err != nil:
			if pause == 0 {
				l.options.Logger.Warn("accept connection: trying again", "listener", l.url, "error", err)
			}
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		}
		pause = 0
		peer := peerOf(conn)
		sender := l.trust.find(peer)
		if sender == nil {
			l.untrusted.Add(1)
			conn.Close()
			continue
		}
		if _, ok := l.places.join(peer); !ok {
			l.connections.Add(1)
			conn.Close()
			continue
		}
		connections.Go(func() {
			defer l.places.leave(peer)
			if err := serve(ctx, conn, sender); err != nil && ctx.Err() == nil {
				l.options.Logger.Debug("connection ended", "listener", l.url, "peer", peer, "error", err)
			}
		})
	}
}

// passes reports whether accept failed for a reason that can pass by itself: the peer went away, the host is short of something, or a
// firewall interferes. accept(2) lists them.
func passes(err error) bool {
	for _, e := range []error{
		syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EPERM, syscall.EPROTO,
		syscall.ENETDOWN, syscall.ENOPROTOOPT, syscall.EHOSTDOWN, syscall.ENONET, syscall.EHOSTUNREACH, syscall.ENETUNREACH,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// peerOf returns the address of a TCP connection's other end, unmapped and without zone.
func peerOf(conn net.Conn) netip.Addr {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// serve reads one connection until it ends, ctx ends and what had come by then is read, or no message was completed for the idle time: a byte now and then is no sign
// of life.
func (l *Listener) serve(ctx context.Context, plain net.Conn, sender *heard, h Handler) error {
	defer plain.Close()
	peer := peerOf(plain)
	lasting, release, err := newStoppable(ctx, plain, l)
	if err != nil {
		return err
	}
	defer release()
	conn := net.Conn(lasting)
	if l.identity != nil {
		secure := tls.Server(lasting, l.identity.config.Load())
		secure.SetDeadline(time.Now().Add(handshakeTime))
		if err := secure.HandshakeContext(ctx); err != nil {
			l.untrusted.Add(1)
			return fmt.Errorf("TLS handshake: %w", err)
		}
		conn = secure
	}
	// Only now is it a sender: who can open a connection but not prove who he is shall not be spared for it.
	l.enter(peer)
	defer l.exit(peer)
	lasting.alive(time.Now())
	err = l.pump(conn, &framer{limit: l.options.Line}, peer, h, func(now time.Time) {
		sender.spoke(now.UnixNano())
		lasting.alive(now)
	})
	if n := lasting.left(); n > 0 && errors.Is(err, errStopped) {
		l.options.Logger.Warn(fmt.Sprintf("stopped with %d bytes unread: more came than could be read", n), "listener", l.url, "peer", peer)
	}
	return err
}

func (l *Listener) enter(peer netip.Addr) {
	if first, _ := l.peers.join(peer); first {
		l.options.PeersChanged()
	}
}

func (l *Listener) exit(peer netip.Addr) {
	if l.peers.leave(peer) {
		l.options.PeersChanged()
	}
}
