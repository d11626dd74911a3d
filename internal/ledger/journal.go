package ledger

import (
	"fmt"
	"os"
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
	b := d.l.encode(now, changed, appendClock(nil, now.Wall))
	err := d.writeBehind(b)
	if err == nil && next != nil {
		_, err = next.Write(b)
	}
	if err == nil {
		d.stamped = now.Boot
		return nil
	}
	d.l.giveBackDirty(changed)
	return fmt.Errorf("write %s: %w", d.file.Name(), err)
}

// writeBehind puts b at the end of what is good and waits for the disk. After a
// failure the same place is written again: what the disk did not take, the kernel
// may have dropped from its cache.
func (d *Disk) writeBehind(b []byte) error {
	if err := d.file.Truncate(d.size); err != nil { // the remains of a failure
		return err
	}
	if _, err := d.file.WriteAt(b, d.size); err != nil {
		return err
	}
	if err := d.file.Sync(); err != nil {
		return err
	}
	d.size += int64(len(b))
	return nil
}

// takeDirty returns the prefixes whose state the disk does not know.
func (l *Ledger) takeDirty() map[key]struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := l.dirty
	l.dirty = map[key]struct{}{}
	return changed
}

func (l *Ledger) giveBackDirty(changed map[key]struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range changed {
		l.dirty[k] = struct{}{}
	}
}

func (l *Ledger) countDirty() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.dirty)
}

// encode appends the state of the prefixes; the ledger is held for a thousand at a
// time.
func (l *Ledger) encode(now Time, keys map[key]struct{}, b []byte) []byte {
	n := 0
	l.mu.Lock()
	for k := range keys {
		s := l.save(now, k)
		b = appendSaved(b, &s)
		if n++; n%pieceLength == 0 {
			l.mu.Unlock()
			l.mu.Lock()
		}
	}
	l.mu.Unlock()
	return b
}
