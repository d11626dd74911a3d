package receiver

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"

	"github.com/coreos/go-systemd/v22/activation"
)

// Open binds a listener for every URL, and one for every unix datagram socket inherited from systemd that no URL names. When
// something cannot be bound it closes the rest and returns every fault, joined, each naming its URL, the cause and
// what to do. The variables by which systemd announces its sockets are removed from the environment.
func Open(urls []string, o Options) ([]*Listener, error) {
	return open(urls, o, activation.Files(true))
}

func open(urls []string, o Options, files []*os.File) ([]*Listener, error) {
	o = o.withDefaults()
	inherited, err := adopt(files)
	b := &binder{options: o, inherited: inherited, places: &crowd{limit: o.Connections, perPeer: max(1, o.Connections/4)}}
	if err != nil {
		b.abandon()
		return nil, err
	}
	var faults []error
	for i, u := range urls {
		err := b.bind(u)
		if slices.Contains(urls[:i], u) {
			err = errors.New("named twice: remove one")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("listen on %s: %w", u, err))
		}
	}
	if faults == nil { // else sockets may be left over that a faulty URL meant
		faults = b.bindRest()
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
	inherited []inherited
	places    *crowd
	listeners []*Listener
}

// bind adds the listener of one URL.
func (b *binder) bind(raw string) error {
	if raw == "stdin" {
		b.add(raw).openStdin(os.Stdin)
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return errors.Unwrap(err) // the caller says the URL
	}
	switch u.Scheme {
	case "udp", "tcp", "tls":
		return b.bindNetwork(raw, u)
	case "unixgram":
		path, err := unixPath(u)
		if err != nil {
			return err
		}
		return b.add(raw).openUnixgram(path, b.take(unixPlace(path)))
	case "file":
		return b.add(raw).openFile(u)
	default:
		return errors.New("unknown kind of source: write udp://, tcp://, tls://, unixgram://, file:// or stdin")
	}
}

// add makes a listener that is closed with the others when the Open fails. Its opener fills in the rest.
func (b *binder) add(url string) *Listener {
	l := &Listener{url: url, options: b.options, places: b.places, stopTime: stopTime, close: func() error { return nil }}
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
	switch u.Scheme {
	case "udp":
		return l.openUDP(at, b.take(place("udp", at)))
	case "tcp":
		return l.openTCP(at, b.take(place("tcp", at)))
	default:
		return l.openTLS(at, b.take(place("tcp", at)))
	}
}

// networkTrust returns who is heard at the address at, and refuses to hear everybody.
func networkTrust(u *url.URL, at netip.AddrPort, t *Trust) (*Trust, error) {
	if !t.empty() {
		return t, nil
	}
	if at.Addr().IsLoopback() {
		return loopback(), nil
	}
	forged := ""
	if u.Scheme == "udp" {
		forged = ", and a UDP source can be forged"
	}
	return nil, fmt.Errorf("refused without trust: whoever reaches this address could have others banned%s;"+
		" list the senders, for example trust: [192.0.2.7], or listen on 127.0.0.1", forged)
}

// abandon closes what was bound.
func (b *binder) abandon() {
	for _, l := range b.listeners {
		l.close()
	}
	for _, i := range b.inherited {
		i.file.Close()
	}
}
