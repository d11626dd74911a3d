package lookup

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

const (
	databaseInterval = 10 * time.Second
	// maxDatabase bounds a file in bytes; the largest free ones have some 70 MiB.
	maxDatabase = 1 << 30
)

// databases reads addresses' records from MMDB files, and reads a file again when
// it has changed. A faulty new file leaves the old one in force.
type databases struct {
	log   *slog.Logger
	files []*database
}

// database is one file. It is read into memory and not mapped: a mapped file that
// somebody shortens kills the process with SIGBUS.
type database struct {
	path   string
	reader atomic.Pointer[maxminddb.Reader] // nil: none was good yet

	mu    sync.Mutex // guards what follows
	stamp stamp      // of the file that was tried last
	fault string     // what is wrong with it
}

func newDatabases(paths []string, log *slog.Logger) *databases {
	d := &databases{log: log}
	for _, p := range paths {
		d.files = append(d.files, &database{path: p, fault: "not read yet"})
	}
	return d
}

// run reads the files, and looks at intervals whether one has changed. It is not
// done before: a guard must not start later for a large file on a slow disk.
func (d *databases) run(ctx context.Context) {
	d.follow()
	tick := time.NewTicker(databaseInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.follow()
		}
	}
}

// follow reads what has changed, and says what came of it once.
func (d *databases) follow() {
	for _, f := range d.files {
		news, err := f.read()
		switch {
		case err != nil && news && f.reader.Load() != nil:
			d.log.Warn("read database "+f.path+" failed; what was read before stays in force", "err", err)
		case err != nil && news:
			d.log.Warn("read database "+f.path+" failed; nothing is known from it until it can be read", "err", err)
		case news:
			m := &f.reader.Load().Metadata
			d.log.Info("read database "+f.path, "type", label(m.DatabaseType), "built", m.BuildTime().Format(time.DateOnly))
		}
	}
}

// find gathers what the files know of addr; what an earlier one knows stands.
func (d *databases) find(addr netip.Addr) Record {
	var r Record
	for _, f := range d.files {
		if reader := f.reader.Load(); reader != nil {
			r.learn(reader.Lookup(addr), addr)
		}
	}
	return r
}

// read takes the file in force if it is another than before. news tells whether
// that, or a new fault, has happened.
func (f *database) read() (news bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, reader, err := f.open()
	if err != nil {
		news = err.Error() != f.fault
		f.fault, f.stamp = err.Error(), now
		return news, err
	}
	if reader != nil {
		f.reader.Store(reader)
		f.fault, f.stamp = "", now
	}
	return reader != nil, nil
}

// open returns no reader when the file is the one that was read last.
func (f *database) open() (now stamp, reader *maxminddb.Reader, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return stamp{}, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return stamp{}, nil, err
	}
	now = stamp{info.ModTime(), info.Size()}
	switch {
	case now == f.stamp && f.fault == "":
		return now, nil, nil
	case !info.Mode().IsRegular() || now.size > maxDatabase:
		return now, nil, fmt.Errorf("not a file of at most %d bytes", maxDatabase)
	}
	bytes := make([]byte, now.size)
	if _, err := io.ReadFull(file, bytes); err != nil {
		return now, nil, err
	}
	reader, err = maxminddb.OpenBytes(bytes)
	return now, reader, err
}
