package lookup

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/openrdap/rdap/bootstrap"
)

// maxBootstrap bounds a bootstrap file in bytes; IANA's have some 10 KiB.
const maxBootstrap = 1 << 20

// servers tells which registry's server answers for an address, by the files
// ipv4.json and ipv6.json of a directory (RFC 9224). They are read again when they
// have changed; a faulty one leaves the one before in force.
type servers struct {
	dir string

	mu    sync.Mutex
	files [2]serverFile
}

type serverFile struct {
	stamp stamp
	bases map[netip.Prefix]*url.URL
}

// stamp tells one content of a file from the next.
type stamp struct {
	changed time.Time
	size    int64
}

// find returns the base URL for addr.
func (s *servers) find(addr netip.Addr) (*url.URL, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	family := 0
	if addr.Is6() {
		family = 1
	}
	f := &s.files[family]
	if err := s.readLocked(family); err != nil && f.bases == nil {
		return nil, err
	}
	for bits := addr.BitLen(); bits >= 0; bits-- {
		if p, _ := addr.Prefix(bits); f.bases[p] != nil {
			return f.bases[p], nil
		}
	}
	return nil, fmt.Errorf("no registry in %s answers for %s", s.dir, addr)
}

// read reads both files, and tells what is wrong with them now.
func (s *servers) read() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.readLocked(0), s.readLocked(1))
}

func (s *servers) readLocked(family int) error {
	name := [...]string{"ipv4.json", "ipv6.json"}[family]
	path := filepath.Join(s.dir, name)
	if err := s.files[family].read(path); err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return fmt.Errorf("read %s: %w; get it from https://data.iana.org/rdap/%s", path, err, name)
	}
	return nil
}

// knows tells whether u is at one of the servers, to which alone a redirection may lead.
func (s *servers) knows(u *url.URL) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		for _, base := range f.bases {
			if u.Scheme == base.Scheme && u.Host == base.Host {
				return true
			}
		}
	}
	return false
}

func (f *serverFile) read(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	now := stamp{info.ModTime(), info.Size()}
	if now == f.stamp {
		return nil
	}
	if now.size > maxBootstrap {
		return fmt.Errorf("larger than %d bytes", maxBootstrap)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	bases, err := parseBootstrap(text)
	if err != nil {
		return err
	}
	f.stamp, f.bases = now, bases
	return nil
}

// parseBootstrap reads a file as IANA writes it: which server answers for which prefix.
func parseBootstrap(text []byte) (map[netip.Prefix]*url.URL, error) {
	file, err := bootstrap.NewFile(text)
	if err != nil {
		return nil, err
	}
	bases := map[netip.Prefix]*url.URL{}
	for entry, urls := range file.Entries {
		p, err := netip.ParsePrefix(entry)
		if base := secure(urls); err == nil && base != nil {
			bases[p.Masked()] = base
		}
	}
	if len(bases) == 0 {
		return nil, errors.New("it names no server for any prefix")
	}
	return bases, nil
}

// secure chooses the first https URL, or an http one where there is no other.
func secure(urls []*url.URL) (chosen *url.URL) {
	for _, u := range urls {
		switch {
		case u.Host == "" || u.User != nil:
		case u.Scheme == "https":
			return u
		case u.Scheme == "http" && chosen == nil:
			chosen = u
		}
	}
	return chosen
}
