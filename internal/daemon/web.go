package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"

	"syslog-blacklist/internal/page"
)

// openWeb binds the web address.
func (d *Daemon) openWeb() (err error) {
	if d.cfg.Web == "" {
		return nil
	}
	if err := web.Validate(d.cfg.WebConfig); err != nil {
		return fmt.Errorf("read web_config %s: %w", d.cfg.WebConfig, err)
	}
	if d.web, err = net.Listen("tcp", d.cfg.Web); err != nil {
		return fmt.Errorf("serve metrics on %s: %w; name another address, or off, with web: in the configuration", d.cfg.Web, err)
	}
	return nil
}

// serve answers until ctx ends.
func (d *Daemon) serve(ctx context.Context) error {
	history := new(page.History)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.remember(ctx, history) })
	g.Go(func() error { return d.answer(ctx, d.routes(history)) })
	return g.Wait()
}

func (d *Daemon) answer(ctx context.Context, routes http.Handler) error {
	server := &http.Server{
		Handler:           routes,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	err := web.Serve(d.web, server, &web.FlagConfig{WebConfigFile: &d.cfg.WebConfig}, slog.New(slog.DiscardHandler))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve metrics: %w", err)
}

func (d *Daemon) routes(history *page.History) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /", d.operator.page(history))
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.metrics.Registry(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := d.unready(); reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}

// unready says why the host is not guarded now; empty when it is.
func (d *Daemon) unready() string {
	switch {
	case !d.ready.Load():
		return "starting"
	case d.enforcer.failing.Load():
		return "the kernel does not take changes: see the log"
	}
	return ""
}
