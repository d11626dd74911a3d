package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// maxBody bounds an order in bytes.
const maxBody = 16 << 10

// Serve answers until ctx ends.
func (s *Socket) Serve(ctx context.Context, b Backend) error {
	server := &http.Server{
		Handler:           s.routes(b),
		ConnContext:       withPeer,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a list may hold a million elements
		IdleTimeout:       10 * time.Second,
		MaxHeaderBytes:    8 << 10,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	err := server.Serve(&bounded{s.listener, make(chan struct{}, maxConnections)})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve control socket %s: %w", s.Path(), err)
}

func (s *Socket) routes(b Backend) http.Handler {
	mux := http.NewServeMux()
	get := func(path string, answer func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if p := peerIn(r); !p.mayRead(s.gid) {
				fail(w, Refuse(http.StatusForbidden, "ask root, or become a member of the group that control: names", "%s may not ask the daemon", p.name()))
				return
			}
			if err := answer(w, r); err != nil {
				fail(w, err)
			}
		})
	}
	get("/v1/status", func(w http.ResponseWriter, r *http.Request) error {
		status, err := b.Status(r.Context())
		return reply(w, status, err)
	})
	get("/v1/why", func(w http.ResponseWriter, r *http.Request) error {
		addr, err := netip.ParseAddr(r.FormValue("address"))
		if err != nil {
			return Refuse(http.StatusBadRequest, "", "read address: %v", err)
		}
		why, err := b.Why(r.Context(), addr.Unmap().WithZone(""))
		return reply(w, why, err)
	})
	get("/v1/reports", func(w http.ResponseWriter, r *http.Request) error {
		reports, err := b.Reports(r.Context())
		return reply(w, reports, err)
	})
	get("/v1/report", func(w http.ResponseWriter, r *http.Request) error {
		report, err := b.Report(r.Context(), r.FormValue("id"))
		return reply(w, report, err)
	})
	get("/v1/elements", func(w http.ResponseWriter, r *http.Request) error { return list(w, r, b) })
	for _, verb := range Verbs {
		mux.HandleFunc("POST /v1/"+string(verb), func(w http.ResponseWriter, r *http.Request) {
			if err := order(w, r, b, verb); err != nil {
				fail(w, err)
			}
		})
	}
	return mux
}

func peerIn(r *http.Request) peer { return r.Context().Value(peerKey{}).(peer) }

func order(w http.ResponseWriter, r *http.Request, b Backend, verb Verb) error {
	p := peerIn(r)
	if !p.mayChange() {
		return Refuse(http.StatusForbidden, "members of the group may ask; only root and the daemon's user may change", "%s may not %s", p.name(), verb)
	}
	o := Order{}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return Refuse(http.StatusBadRequest, "", "read order: %v", err)
	}
	o.Verb, o.By = verb, p.name()
	answer, err := b.Do(r.Context(), o)
	return reply(w, answer, err)
}

// list streams: nothing of a million elements is held here.
func list(w http.ResponseWriter, r *http.Request, b Backend) error {
	f, err := parseFilter(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(w, 64<<10) // an element at a time would be a chunk of HTTP for every few
	e := json.NewEncoder(out)
	begun := false
	err = b.List(r.Context(), f, func(x Element) error { begun = true; return e.Encode(x) })
	if err == nil {
		return out.Flush()
	}
	if begun {
		panic(http.ErrAbortHandler) // the client sees that the list has no end
	}
	return err
}

func parseFilter(r *http.Request) (f Filter, err error) {
	f.Role, f.Entry = r.FormValue("set"), r.FormValue("entry")
	if f.Role != "" && !slices.Contains(Roles, f.Role) {
		return f, Refuse(http.StatusBadRequest, "", "read set: %q is none of %v", f.Role, Roles)
	}
	if p := r.FormValue("prefix"); p != "" {
		if f.Prefix, err = netip.ParsePrefix(p); err != nil {
			return f, Refuse(http.StatusBadRequest, "", "read prefix: %v", err)
		}
	}
	if age := r.FormValue("age"); age != "" {
		n, err := strconv.ParseUint(age, 10, 32)
		if err != nil {
			return f, Refuse(http.StatusBadRequest, "", "read age: %v", err)
		}
		f.Age = time.Duration(n) * time.Second
	}
	return f, nil
}

func reply(w http.ResponseWriter, answer any, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer) // an error is the client's, who has gone
	return nil
}

func fail(w http.ResponseWriter, err error) {
	refusal := new(Error)
	if !errors.As(err, &refusal) {
		refusal = Refuse(http.StatusInternalServerError, "", "%v", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refusal.Status)
	json.NewEncoder(w).Encode(refusal)
}
