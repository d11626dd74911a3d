package ledger

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// append writes the state of every prefix that changed behind the file's good part,
// and into next too when one is being written. What could not be written goes on
// to be due. When nothing changes the file is told the time once a minute.
func (d *Disk) append(now Time, next *os.File) error {
	changed := d.l.takeDirty()
	if len(changed) == 0 && now.Boot-d.stamped < time.Minute {
		return nil
	}
	size, err := d.writeBehind(now, changed, next)
	if err != nil {
		d.l.giveBackDirty(changed)
		return fmt.Errorf("write %s: %w", d.file.Name(), err)
	}
	d.size, d.stamped = size, now.Boot
	d.records += len(changed) + 1
	return nil
}

// writeBehind puts the moment and what changed at the end of what is good, waits for
// the disk, and returns where the file ends now. After a failure the same place is
// written again: what the disk did not take, the kernel may have dropped from its
// cache.
func (d *Disk) writeBehind(now Time, changed []key, next *os.File) (size int64, err error) {
	size = d.size
	write := func(b []byte) error {
		if _, err := d.file.WriteAt(b, size); err != nil {
			return err
		}
		size += int64(len(b))
		if next == nil {
			return nil
		}
		_, err := next.Write(b)
		return err
	}
	if err := d.file.Truncate(size); err != nil { // the remains of a failure
		return size, err
	}
	if err := write(appendClock(nil, now.Wall)); err != nil {
		return size, err
	}
	for keys := range slices.Chunk(changed, pieceLength) {
		d.piece = d.l.encode(now, keys, d.piece[:0])
		if err := write(d.piece); err != nil {
			return size, err
		}
	}
	return size, d.file.Sync()
}

// takeDirty returns the prefixes whose state the disk does not know.
func (l *Ledger) takeDirty() []key {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := l.dirty
	l.dirty = nil
	l.flush++
	return changed
}

func (l *Ledger) giveBackDirty(changed []key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty = append(changed, l.dirty...)
}

func (l *Ledger) countDirty() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.dirty)
}

// countPrefixes is how many prefixes there are to be saved, about: who is banned again
// counts twice.
func (l *Ledger) countPrefixes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sets[Blacklist].len() + l.sets[Whitelist].len() + l.history.prefixes.len()
}

// encode appends the state of the prefixes.
func (l *Ledger) encode(now Time, keys []key, b []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		s := l.save(now, k)
		b = appendSaved(b, &s)
	}
	return b
}
