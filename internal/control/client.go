package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Client asks the daemon behind one socket.
type Client struct {
	path string
	http http.Client
}

// ConnectError says that the daemon could not be asked.
type ConnectError struct {
	Path  string
	Cause error
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("connect to the daemon at %s: %v", e.Path, e.Cause)
}

func (e *ConnectError) Unwrap() error { return e.Cause }

// Away tells that no daemon serves the socket, as far as can be seen.
func (e *ConnectError) Away() bool {
	return errors.Is(e.Cause, os.ErrNotExist) || errors.Is(e.Cause, syscall.ECONNREFUSED)
}

// NewClient returns a client of the socket at path. It connects with each
// request; an error to connect is a *ConnectError, a refusal an *Error.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", path)
		if err != nil {
			cause := err
			if errno := syscall.Errno(0); errors.As(err, &errno) { // without what net puts before it
				cause = errno
			}
			return nil, &ConnectError{path, cause}
		}
		return c, nil
	}
	return &Client{path, http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status asks how the daemon does.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.ask(ctx, "status", nil, &s)
}

// Why asks for all that is known of addr.
func (c *Client) Why(ctx context.Context, addr netip.Addr) (w Why, err error) {
	return w, c.ask(ctx, "why", url.Values{"address": {addr.String()}}, &w)
}

// Reports asks for all incidents, the youngest first.
func (c *Client) Reports(ctx context.Context) (r []Report, err error) {
	return r, c.ask(ctx, "reports", nil, &r)
}

// Report asks for one incident in full.
func (c *Client) Report(ctx context.Context, id string) (r Report, err error) {
	return r, c.ask(ctx, "report", url.Values{"id": {id}}, &r)
}

// List calls f with every element that the filter lets pass, as they come.
func (c *Client) List(ctx context.Context, f Filter, each func(Element)) error {
	query := url.Values{}
	if f.Role != "" {
		query.Set("set", f.Role)
	}
	if f.Entry != "" {
		query.Set("entry", f.Entry)
	}
	if f.Prefix.IsValid() {
		query.Set("prefix", f.Prefix.String())
	}
	if f.Age > 0 {
		query.Set("age", strconv.FormatInt(int64(f.Age/time.Second), 10))
	}
	body, err := c.request(ctx, http.MethodGet, "elements?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	defer body.Close()
	for d := json.NewDecoder(body); ; {
		var e Element
		if err := d.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the daemon's list: %w", err)
		}
		each(e)
	}
}

// Do has an order carried out.
func (c *Client) Do(ctx context.Context, o Order) (a Answer, err error) {
	text, err := json.Marshal(o)
	if err != nil {
		return a, err
	}
	body, err := c.request(ctx, http.MethodPost, string(o.Verb), text)
	if err != nil {
		return a, err
	}
	return a, decode(body, &a)
}

func (c *Client) ask(ctx context.Context, what string, query url.Values, to any) error {
	body, err := c.request(ctx, http.MethodGet, what+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	return decode(body, to)
}

func decode(body io.ReadCloser, to any) error {
	defer body.Close()
	if err := json.NewDecoder(body).Decode(to); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return nil
}

// request returns the body of a good answer.
func (c *Client) request(ctx context.Context, method, what string, body []byte) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://daemon/v1/"+what, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		if u := new(url.Error); errors.As(err, &u) { // the URL is made up, and tells nobody anything
			err = u.Err
		}
		if away := new(ConnectError); errors.As(err, &away) {
			return nil, away
		}
		return nil, fmt.Errorf("ask the daemon at %s: %w", c.path, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	defer answer.Body.Close()
	refusal := &Error{Status: answer.StatusCode}
	if err := json.NewDecoder(answer.Body).Decode(refusal); err != nil {
		return nil, fmt.Errorf("ask the daemon at %s: it answers %s", c.path, answer.Status)
	}
	return nil, refusal
}
