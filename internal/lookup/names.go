package lookup

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	nameTimeout = 5 * time.Second // for the name and its confirmation together
	nameKept    = 6 * time.Hour
	absentKept  = time.Hour // the answer that there is no name
	triedNames  = 4         // of one address; who owns the zone may list thousands
)

// name is a reverse name; the zero name is the answer that there is none.
type name struct {
	text      string
	confirmed bool
}

// resolver asks the system's resolver.
type resolver struct {
	*net.Resolver
}

// newResolver uses Go's own resolver, which heeds a deadline; the C library's
// holds a thread until it is through with all servers.
func newResolver() resolver { return resolver{&net.Resolver{PreferGo: true}} }

func (r resolver) ask(ctx context.Context, addr netip.Addr) answer[name] {
	ctx, cancel := context.WithTimeout(ctx, nameTimeout)
	defer cancel()
	n, err := r.name(ctx, addr)
	a := answer[name]{value: n, prefix: netip.PrefixFrom(addr, addr.BitLen())}
	switch {
	case err != nil:
		a.failed, a.until = true, time.Now().Add(failureKept)
	case n == name{}:
		a.until = time.Now().Add(absentKept)
	default:
		a.until = time.Now().Add(nameKept)
	}
	return a
}

// name returns the first reverse name that leads back to addr, or else the first
// that is fit to be shown.
func (r resolver) name(ctx context.Context, addr netip.Addr) (found name, err error) {
	names, err := r.LookupAddr(ctx, addr.String())
	if e, ok := errors.AsType[*net.DNSError](err); ok && !e.IsTimeout && !e.IsTemporary {
		err = nil // an answer: there is no name, or one that Go takes for none
	}
	for _, text := range names[:min(len(names), triedNames)] {
		shown := hostname(text)
		if shown == "" {
			continue
		}
		if found.text == "" {
			found.text = shown
		}
		// The final dot keeps the search list of resolv.conf out of it.
		addrs, _ := r.LookupNetIP(ctx, "ip", shown+".")
		if slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Unmap() == addr }) {
			return name{shown, true}, nil
		}
	}
	return found, err
}
