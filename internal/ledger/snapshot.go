package ledger

import (
	"fmt"
	"os"
	"time"
)

// rewrite writes the whole ledger into a new file, which takes the old one's place
// when the disk has it. Meanwhile the old one goes on to be appended to each second.
func (d *Disk) rewrite(now Time) error {
	if d.file == nil {
		d.l.takeDirty() // all of it will be written
	}
	name := d.path(newName)
	next, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	size, err := d.snapshot(now, next)
	if err == nil {
		err = next.Sync()
	}
	if err == nil {
		err = os.Rename(name, d.path(fileName))
	}
	if err != nil {
		next.Close()
		os.Remove(name)
		return fmt.Errorf("write %s: %w", name, err)
	}
	if d.file != nil {
		d.file.Close()
	}
	d.file, d.size, d.records, d.offset, d.stamped = next, size, d.l.countPrefixes(), now.wallOffset(), now.Boot
	d.mu.Lock()
	d.status.Rewrites++
	d.mu.Unlock()
	return d.syncDir()
}

// snapshot writes header, moment and every prefix to next, and returns its size.
func (d *Disk) snapshot(now Time, next *os.File) (int64, error) {
	b := appendClock([]byte(header), now.Wall)
	flushed := now
	for part, more := 0, true; more; part++ {
		b, more = d.l.appendPart(now, part, b)
		if len(b) < 1<<18 && more {
			continue
		}
		if _, err := next.Write(b); err != nil {
			return 0, err
		}
		b = b[:0]
		if at := d.clock(); d.file != nil && at.Boot-flushed.Boot >= time.Second {
			if err := d.append(at, next); err != nil {
				return 0, err
			}
			flushed = at
		}
	}
	return next.Seek(0, 1)
}

// appendPart appends a part of the ledger, some thousand prefixes.
func (l *Ledger) appendPart(now Time, part int, b []byte) ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	more := l.everyKey(part, func(k key) {
		s := l.save(now, k)
		b = appendSaved(b, &s)
	})
	return b, more
}

// syncDir makes the new name last.
func (d *Disk) syncDir() error {
	dir, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
