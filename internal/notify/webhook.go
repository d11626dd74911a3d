package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/template"

	"syslog-blacklist/internal/secret"
)

// maxAnswer is how much of a webhook's answer, or of a command's output, is read
// and logged when it failed, in bytes.
const maxAnswer = 500

// webhook posts digests. Its URL may be secret and must not get into an error.
type webhook struct {
	url, file string
	template  *template.Template // nil: the digest as it is
	client    http.Client
}

func newWebhook(t *Target) *webhook {
	w := &webhook{url: t.URL, file: t.URLFile}
	// A redirected POST would become a GET, at an address that nobody configured.
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if t.Template != "" {
		w.template = template.Must(parseTemplate(t.Template)) // Check has parsed it
	}
	return w
}

// parseURL checks that text is a URL that can be posted to.
func parseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("a URL with http:// or https:// is wanted")
	}
	return text, nil
}

func (w *webhook) send(ctx context.Context, d *Digest) error {
	body, err := w.body(d)
	if err != nil {
		return permanent{err}
	}
	to := w.url
	if w.file != "" {
		if to, err = secret.Read(w.file); err == nil {
			to, err = parseURL(to)
		}
		if err != nil {
			return fmt.Errorf("read the URL from its file: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return permanent{withoutURL(err)}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "syslog-blacklist")
	answer, err := w.client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer answer.Body.Close()
	return judge(answer)
}

func (w *webhook) body(d *Digest) ([]byte, error) {
	if w.template != nil {
		return render(w.template, d)
	}
	return json.Marshal(d)
}

// judge tells success from failure, and failures that pass from those that stay.
func judge(answer *http.Response) error {
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // what cannot be read cannot be told
	if answer.StatusCode/100 == 2 {
		return nil
	}
	err := fmt.Errorf("the webhook answered %d %q", answer.StatusCode, said)
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return err
	}
	if answer.StatusCode < 500 {
		return permanent{err}
	}
	return err
}

func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return fmt.Errorf("post: %w", of.Err)
	}
	return err
}
