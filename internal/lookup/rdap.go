package lookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	rdapTimeout  = 10 * time.Second
	maxAnswer    = 1 << 20 // bytes; the longest answers have some 50 KiB
	maxRedirects = 3       // a regional registry sends on to a national one
	maxHeader    = 64 << 10
	contactKept  = 24 * time.Hour
	failureKept  = 10 * time.Minute
	restDefault  = 10 * time.Minute // of a registry that says "too many" and not until when
	maxRest      = time.Hour
)

// finding is what came of asking a registry.
type finding struct {
	contact Contact
	err     error
}

// registry asks the registries' servers for contacts.
type registry struct {
	servers *servers
	client  *http.Client

	mu    sync.Mutex
	rests map[string]time.Time // by host: until when it wants to be left alone
}

func newRegistry(dir string) *registry {
	r := &registry{servers: &servers{dir: dir}, rests: map[string]time.Time{}}
	r.client = &http.Client{
		Timeout: rdapTimeout,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: rdapTimeout, MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirections", maxRedirects)
			}
			if !r.servers.knows(req.URL) {
				return errors.New("redirection to a server that the bootstrap files do not name")
			}
			return nil
		},
	}
	return r
}

// ask asks for the contact of addr. A failure is believed for a while too, for
// the address alone.
func (r *registry) ask(ctx context.Context, addr netip.Addr) answer[finding] {
	c, err := r.contact(ctx, addr)
	if err != nil {
		return answer[finding]{
			value: finding{err: fmt.Errorf("ask the registry for %s: %w", addr, err)}, failed: true,
			prefix: netip.PrefixFrom(addr, addr.BitLen()), until: time.Now().Add(failureKept),
		}
	}
	return answer[finding]{value: finding{contact: c}, prefix: piece(c.Network, addr), until: time.Now().Add(contactKept)}
}

// piece is the part of a network that addr's answer stands for: the rest of a wide
// one may be assigned to others, and registries assign /24 and /48 at least.
func piece(network netip.Prefix, addr netip.Addr) netip.Prefix {
	bits := 24
	if addr.Is6() {
		bits = 48
	}
	return netip.PrefixFrom(addr, max(bits, network.Bits())).Masked()
}

func (r *registry) contact(ctx context.Context, addr netip.Addr) (Contact, error) {
	if addr.IsPrivate() || !addr.IsGlobalUnicast() {
		return Contact{}, errors.New("no registry knows private addresses")
	}
	base, err := r.servers.find(addr)
	if err != nil {
		return Contact{}, err
	}
	text, err := r.get(ctx, base.JoinPath("ip", addr.String()))
	if err != nil {
		return Contact{}, err
	}
	return parseContact(text, addr)
}

func (r *registry) get(ctx context.Context, u *url.URL) ([]byte, error) {
	if until := r.rest(u.Host); time.Now().Before(until) {
		return nil, fmt.Errorf("%s wants no questions until %s", u.Host, until.Format(time.TimeOnly))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/rdap+json")
	req.Header.Set("User-Agent", "syslog-blacklist")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, quoted(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		r.leave(u.Host, resp.Header.Get("Retry-After"))
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d %s", u.Host, resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(text) > maxAnswer {
		err = fmt.Errorf("%s answers more than %d bytes", u.Host, maxAnswer)
	}
	return text, err
}

func (r *registry) rest(host string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rests[host]
}

// leave leaves a host alone for as many seconds as it asks for.
func (r *registry) leave(host, seconds string) {
	rest := restDefault
	if n, err := strconv.ParseUint(seconds, 10, 31); err == nil {
		rest = min(time.Duration(n)*time.Second, maxRest)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rests[host] = time.Now().Add(rest)
}

// quoted drops the URL, which names the address again, and makes sure that nothing
// the server has put into an error reaches a terminal as it is.
func quoted(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return errors.New(strings.ToValidUTF8(label(err.Error()), ""))
}
