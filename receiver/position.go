package receiver

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// position is how far a file was read, as it stands on disk.
type position struct {
	Path   string
	Device uint64
	Inode  uint64
	Offset int64
	// Head and HeadSum are the size and the sum of the file's first bytes: an inode number is used again after its file is deleted.
	Head    int
	HeadSum uint64
}

// positions are those of the files of one listener.
type positions map[fileID]position

func newPosition(id fileID, g *followed) position {
	return position{g.path, id.device, id.inode, g.start, len(g.head), sum(g.head)}
}

// fits reports whether file, of the given size, is the one that p was taken of, grown at most.
func (p position) fits(file *os.File, size int64) bool {
	head := make([]byte, min(p.Head, headSize))
	n, _ := file.ReadAt(head, 0)
	return p.Offset <= size && n == p.Head && sum(head) == p.HeadSum
}

func (p positions) hasPath(path string) bool {
	for _, q := range p {
		if q.Path == path {
			return true
		}
	}
	return false
}

func sum(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// positionStore writes the positions of one listener to a file of their own.
type positionStore struct {
	file   string // empty: they are not kept
	logger *slog.Logger
	last   positions
	saved  time.Time
	failed bool // already said
}

// loadPositions reads what the last run left. A file that can't be read is as good as none, and is said.
func (f *follower) loadPositions() *positionStore {
	o := f.listener.options
	s := &positionStore{logger: o.Logger.With("listener", f.listener.url)}
	f.left = make(positions)
	if o.State == "" {
		return s
	}
	s.file = filepath.Join(o.State, fmt.Sprintf("position-%016x.json", sum([]byte(f.listener.url))))
	b, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return s
	}
	var list []position
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		s.logger.Warn("read file positions: files are read from their end", "error", err)
		return s
	}
	for _, p := range list {
		f.left[fileID{p.Device, p.Inode}] = p
	}
	return s
}

// save writes p, unless it is what was written last.
func (s *positionStore) save(p positions) {
	s.saved = time.Now()
	if s.file == "" || maps.Equal(p, s.last) {
		return
	}
	err := s.write(p)
	if err == nil {
		s.last = p
	} else if !s.failed {
		s.logger.Warn("save file positions: trying again", "error", err)
	}
	s.failed = err != nil
}

// write replaces the file as a whole, so that a crash leaves the old one or the new one.
func (s *positionStore) write(p positions) error {
	b, err := json.Marshal(slices.Collect(maps.Values(p)))
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(s.file), "position-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already when all went well
	_, err = file.Write(b)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), s.file)
}
