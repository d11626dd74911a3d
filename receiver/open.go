package receiver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"syscall"
)

// Open binds a listener for every URL. When
// something cannot be bound it closes the rest and returns every fault, joined, each naming its URL, the cause and
// what to do.
func Open(urls []string, o Options) ([]*Listener, error) {
	b := &binder{options: o.withDefaults()}
	var faults []error
	for _, u := range urls {
		if err := b.bind(u); err != nil {
			faults = append(faults, fmt.Errorf("listen on %s: %w", u, err))
		}
	}
	if faults != nil {
		b.abandon()
		return nil, errors.Join(faults...)
	}
	return b.listeners, nil
}

// binder is an Open under way.
type binder struct {
	options   Options
	listeners []*Listener
}

// bind adds the listener of one URL.
func (b *binder) bind(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errors.Unwrap(err) // the caller says the URL
	}
	switch u.Scheme {
	case "udp":
		return b.bindNetwork(raw, u)
	default:
		return errors.New("unknown kind of source: write udp://")
	}
}

// add makes a listener that is closed with the others when the Open fails. Its opener fills in the rest.
func (b *binder) add(url string) *Listener {
	l := &Listener{url: url, options: b.options, close: func() error { return nil }}
	b.listeners = append(b.listeners, l)
	return l
}

// bindNetwork adds a listener on an IP address.
func (b *binder) bindNetwork(raw string, u *url.URL) error {
	at, err := networkAddress(u)
	if err != nil {
		return err
	}
	l := b.add(raw)
	if l.trust, err = networkTrust(u, at, b.options.Trust); err != nil {
		return err
	}
	return l.openUDP(at, (*os.File)(nil))
}

// networkTrust returns who is heard at the address at, and refuses to hear everybody.
func networkTrust(u *url.URL, at netip.AddrPort, t *Trust) (*Trust, error) {
	switch {
	case !t.empty():
		return t, nil
	case at.Addr().IsLoopback():
		return loopback(), nil
	case u.Scheme == "udp":
		return nil, errors.New("refused without trust: whoever reaches this address could have others banned, and the source of a UDP" +
			" datagram can be forged; list the senders, for example trust: [192.0.2.7], or listen on 127.0.0.1")
	default:
		return nil, errors.New("refused without trust: whoever reaches this address could have others banned;" +
			" list the senders, for example trust: [192.0.2.7], or listen on 127.0.0.1")
	}
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
		return fmt.Errorf("%w: choose a port above 1023, or grant CAP_NET_BIND_SERVICE", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w: write an address that this host has", err)
	}
	return err
}

// abandon closes what was bound.
func (b *binder) abandon() {
	for _, l := range b.listeners {
		l.close()
	}
}
