package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxIncidents = 1000
	keep         = 30 * 24 * time.Hour // behind an incident's last hit
)

// store keeps incidents, a file each. Incidents that it hands out are copies.
type store struct {
	dir   string
	log   *slog.Logger
	limit int // of incidents

	mu        sync.Mutex
	incidents map[string]*Incident
	errors    atomic.Uint64
}

// validID is what an ID looks like: it is also a file's name.
var validID = regexp.MustCompile(`^\d{8}-\d{1,9}$`)

// openStore reads what an earlier run has left beneath state.
func openStore(state string, log *slog.Logger) (*store, error) {
	s := &store{dir: filepath.Join(state, "reports"), log: log, limit: maxIncidents, incidents: map[string]*Incident{}}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep reports: %w", err)
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("read reports: %w", err)
	}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok || !validID.MatchString(id) {
			continue
		}
		i, err := readIncident(filepath.Join(s.dir, f.Name()))
		if err == nil && i.ID != id {
			err = errors.New("it holds another one")
		}
		if err != nil {
			log.Error("read a report failed; it is left out", "file", filepath.Join(s.dir, f.Name()), "err", err)
			continue
		}
		s.incidents[id] = i
	}
	return s, nil
}

func readIncident(path string) (*Incident, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	i := &Incident{SentBy: map[Way]time.Time{}}
	if err := json.Unmarshal(text, i); err != nil {
		return nil, err
	}
	if len(i.Sources) == 0 || i.SentBy == nil {
		return nil, errors.New("it is no incident")
	}
	return i, nil
}

// all returns the incidents, the youngest first.
func (s *store) all() []*Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*Incident
	for _, i := range s.incidents {
		out = append(out, i.clone())
	}
	slices.SortFunc(out, func(a, b *Incident) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(serial(b.ID), serial(a.ID)))
	})
	return out
}

// counts tells how many incidents there are, and how many of them nobody has sent.
func (s *store) counts() (all, open int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.incidents {
		if !i.done() {
			open++
		}
	}
	return len(s.incidents), open
}

// get returns an incident, or nil.
func (s *store) get(id string) *Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.incidents[id]; i != nil {
		return i.clone()
	}
	return nil
}

// update changes the incident id and writes it. It does nothing when it is gone.
func (s *store) update(id string, change func(*Incident)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.incidents[id]; i != nil {
		change(i)
		s.writeLocked(i)
	}
}

// add keeps a new incident under a number of its own.
func (s *store) add(i *Incident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	day, last := strings.ReplaceAll(i.Day, "-", ""), 0
	for id := range s.incidents {
		if strings.HasPrefix(id, day+"-") {
			last = max(last, serial(id))
		}
	}
	i.ID = fmt.Sprintf("%s-%d", day, last+1)
	s.incidents[i.ID] = i
	s.writeLocked(i)
}

func serial(id string) int {
	_, n, _ := strings.Cut(id, "-")
	number, _ := strconv.Atoi(n)
	return number
}

// find returns the ID of the day's incident of that kind around a network, or "".
func (s *store) find(day string, kind Kind, network netip.Prefix) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, i := range s.incidents {
		if i.Day == day && i.Kind == kind && i.Network.Bits() <= network.Bits() && i.Network.Contains(network.Addr()) {
			return id
		}
	}
	return ""
}

// makeRoom tells whether there is room for another incident. When there is none it
// forgets the oldest that is done.
func (s *store) makeRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.incidents) < s.limit {
		return true
	}
	var oldest *Incident
	for _, i := range s.incidents {
		if i.done() && (oldest == nil || i.Created.Before(oldest.Created)) {
			oldest = i
		}
	}
	if oldest == nil {
		return false
	}
	s.removeLocked(oldest.ID)
	return true
}

// expire forgets what is old.
func (s *store) expire(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, i := range s.incidents {
		if now.Sub(i.Created) > keep {
			s.removeLocked(id)
		}
	}
}

func (s *store) path(id string) string { return filepath.Join(s.dir, id+".json") }

func (s *store) removeLocked(id string) {
	delete(s.incidents, id)
	if err := os.Remove(s.path(id)); err != nil {
		s.failed("remove", id, err)
	}
}

func (s *store) writeLocked(i *Incident) {
	text, err := json.Marshal(i)
	if err == nil {
		err = os.WriteFile(s.path(i.ID)+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(s.path(i.ID)+".new", s.path(i.ID))
	}
	if err != nil {
		s.failed("write", i.ID, err)
	}
}

func (s *store) failed(what, id string, err error) {
	s.errors.Add(1)
	s.log.Error(what+" a report failed; a restart does not know how it is", "id", id, "err", err)
}
