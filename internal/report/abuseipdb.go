package report

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"syslog-blacklist/internal/secret"
)

const (
	maxComment = 1024 // bytes: AbuseIPDB takes so many characters
	maxAnswer  = 500  // bytes of an answer that are read
)

// post is what is posted about one address.
type post struct {
	address netip.Addr
	body    string
}

// abuseIPDB is a post for each address, in the shape of the API's version 2.
func (r *Reporter) abuseIPDB(i *Incident) Rendered {
	x := Rendered{Way: ByAbuseIPDB, id: i.ID, To: []string{r.cfg.AbuseIPDB.URL}, Subject: i.title()}
	var text strings.Builder
	for n := range i.Sources {
		s := &i.Sources[n]
		if s.Posted {
			continue
		}
		comment := comment(i, s)
		body := url.Values{
			"ip": {s.Address.String()}, "categories": {i.Kind.categories()}, "timestamp": {s.Last.Format(time.RFC3339)}, "comment": {comment},
		}.Encode()
		x.posts = append(x.posts, post{s.Address, body})
		x.Raw = append(x.Raw, body+"\n"...)
		fmt.Fprintf(&text, "ip: %s\ncategories: %s\ntimestamp: %s\ncomment: %s\n\n", s.Address, i.Kind.categories(), s.Last.Format(time.RFC3339), comment)
	}
	x.Text = text.String()
	return x
}

// comment is public there for everybody to read.
func comment(i *Incident, s *Source) string {
	c := fmt.Sprintf("%s, attempts: %d, first seen %s", i.Kind, s.Count, stamp(s.First))
	for _, l := range i.Lines {
		if next := "\n" + l.At.Format(time.RFC3339) + " " + l.Text; l.Address == s.Address && len(c)+len(next) <= maxComment {
			c += next
		}
	}
	return c
}

// post sends the reports of an incident's addresses one after another, and notes
// each: a second attempt does not repeat them.
func (r *Reporter) post(ctx context.Context, x *Rendered) error {
	key, err := secret.Read(r.cfg.AbuseIPDB.KeyFile)
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	// A redirected POST would become a GET, and show the key to somebody else.
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for _, p := range x.posts {
		if err := r.cfg.AbuseIPDB.post(ctx, &client, key, p.body); err != nil {
			return err
		}
		r.store.update(x.id, func(i *Incident) {
			if s := i.source(p.address); s != nil {
				s.Posted = true
			}
		})
	}
	return nil
}

func (a *AbuseIPDB) post(ctx context.Context, client *http.Client, key, body string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Key", key)
	request.Header.Set("User-Agent", "syslog-blacklist")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // what cannot be read cannot be told
	if answer.StatusCode/100 == 2 {
		return nil
	}
	err = fmt.Errorf("AbuseIPDB answered %d %q", answer.StatusCode, said)
	if answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusRequestTimeout {
		return hopeless{err}
	}
	return err
}
