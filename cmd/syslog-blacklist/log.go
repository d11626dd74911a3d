package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// newLogger writes to w: plain lines of text, or JSON. Under systemd the
// journal adds the time and reads the severity from a prefix (sd-daemon(3)).
func newLogger(w io.Writer, format string) (*slog.Logger, error) {
	switch format {
	case "text":
		_, journal := os.LookupEnv("JOURNAL_STREAM")
		return slog.New(&lineHandler{w: w, mu: new(sync.Mutex), journal: journal}), nil
	case "json":
		return slog.New(slog.NewJSONHandler(plainWriter{w}, nil)), nil
	}
	return nil, fmt.Errorf("log format %q: text or json is wanted", format)
}

// lineHandler writes a record as the message followed by key=value pairs.
// Whatever is not plain is quoted, so that nothing from the network can forge a
// line or reach a terminal as an escape sequence.
type lineHandler struct {
	w       io.Writer
	mu      *sync.Mutex // guards w
	journal bool
	attrs   string
}

func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if h.journal {
		b.WriteString(severity(r.Level))
	} else {
		b.WriteString(r.Time.Format(time.DateTime) + " ")
	}
	if r.Level >= slog.LevelWarn {
		b.WriteString(strings.ToLower(r.Level.String()) + ": ")
	}
	b.WriteString(printable(r.Message))
	b.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&b, a)
		return true
	})
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, b.String())
	return err
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		appendAttr(&b, a)
	}
	c := *h
	c.attrs += b.String()
	return &c
}

// WithGroup is not used by this program.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }

// plainWriter takes whole records of JSON, and escapes in them what slog leaves
// that a terminal would act upon.
type plainWriter struct{ w io.Writer }

func (p plainWriter) Write(record []byte) (int, error) {
	if _, err := p.w.Write(plainJSON(record)); err != nil {
		return 0, err
	}
	return len(record), nil
}

// severity is the prefix that tells the journal what a line weighs.
func severity(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "<3>"
	case l >= slog.LevelWarn:
		return "<4>"
	}
	return "<6>"
}

func appendAttr(b *strings.Builder, a slog.Attr) {
	v := a.Value.Resolve().String()
	if v == "" || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || r > '~' }) {
		v = strconv.Quote(v)
	}
	b.WriteString(" " + a.Key + "=" + v)
}

// printable escapes what a terminal would act upon, and leaves words readable.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), `\\`, `\`)
}
