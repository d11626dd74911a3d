// Package page serves what the daemon does as a page to look at: who is banned,
// how much arrives, what is wrong. It comes whole out of the binary and wants
// nothing from elsewhere.
//
// It refuses to change anything, and it shows no log lines: they hold user names
// and passwords typed into the wrong field. Whoever may read the page learns who
// is banned, for what and until when, and what lookups know of them.
package page

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/netip"

	"syslog-blacklist/internal/control"
)

//go:embed assets
var assets embed.FS

// State is what the page shows, but for the bans.
type State struct {
	Host    string            `json:"host"` // its name, for people with many
	Now     int64             `json:"now"`  // Unix seconds: the reader's clock may differ
	Status  control.Status    `json:"status"`
	Dropped map[string]uint64 `json:"dropped_packets"` // by set, of those that drop
	History Columns           `json:"history"`
	// Countries and Networks are those with the most bans, the first the most; nil
	// where no database tells them.
	Countries []Origin `json:"countries"`
	Networks  []Origin `json:"networks"`
	// Entries and Senders are how many there are; Status holds the first of them.
	Entries int `json:"entries_total"`
	Senders int `json:"senders_total"`
}

// Origin is where bans come from.
type Origin struct {
	Name string `json:"name"`
	Bans int    `json:"bans"`
}

// Source is where the page has its contents from. Both are called at requests,
// possibly by several goroutines at once, but Bans by one at a time.
type Source struct {
	State func(context.Context) (State, error)
	// Bans calls each with every ban in force, in no order.
	Bans func(ctx context.Context, each func(Ban)) error
	// Who tells what is known of a ban that is shown, nil when that is nothing. It
	// must not wait.
	Who func(netip.Prefix) *control.Who
}

// Handler serves the page at /, its parts, and what it asks for under /api.
// Requests over plain HTTP must name the host by its address, as localhost, or by
// name, which may be empty.
func Handler(name string, from Source) http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("page: " + err.Error())
	}
	s := &scan{from: from, turn: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/state.json", func(w http.ResponseWriter, r *http.Request) {
		state, err := from.State(r.Context())
		state.bound()
		answer(w, state, err)
	})
	mux.HandleFunc("GET /api/bans.json", func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.FormValue("q"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		found, err := s.find(r.Context(), q)
		answer(w, found, err)
	})
	return guard(name, mux)
}

func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // the reader may have gone: nothing to be done
}
