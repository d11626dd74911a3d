package lookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const (
	rdapTimeout  = 10 * time.Second
	maxAnswer    = 1 << 20 // bytes; the longest answers have some 50 KiB
	maxRedirects = 3       // a regional registry sends on to a national one
	contactKept  = 24 * time.Hour
	failureKept  = 10 * time.Minute
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
}

func newRegistry(dir string) *registry {
	r := &registry{servers: &servers{dir: dir}}
	r.client = &http.Client{
		Timeout: rdapTimeout,
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
	return answer[finding]{value: finding{contact: c}, prefix: c.Network, until: time.Now().Add(contactKept)}
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
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d %s", u.Host, resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(text) > maxAnswer {
		err = fmt.Errorf("%s answers more than %d bytes", u.Host, maxAnswer)
	}
	return text, err
}

// quoted drops the URL, which names the address again, and makes sure that nothing
// the server has put into an error reaches a terminal as it is.
func quoted(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return errors.New(strings.ToValidUTF8(label(err.Error()), ""))
}
