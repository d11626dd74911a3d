package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/ipset"
	"syslog-blacklist/rules"
)

// restart measures how long it takes until a million bans on disk are in force in an
// empty kernel, from the daemon's start, against restoring the same list.
func restart(b *bench) ([]answer, error) {
	n := b.pick(1_000_000, 100_000)
	if err := writeState(filepath.Join(b.dir, "restart", "state"), n); err != nil {
		return nil, err
	}
	c, err := ipset.Dial()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var full []float64 // resident memory
	ours := func() (float64, error) {
		if err := forgetSets(); err != nil {
			return 0, err
		}
		start := time.Now()
		d, err := b.startDaemon("restart", "1h")
		if err != nil {
			return 0, err
		}
		err = await("all bans to be in force", func() (bool, error) {
			h, err := c.Header("blacklist")
			return err == nil && int(h.Entries) == n, err
		})
		took := cost(start, 1)
		memory, failed := d.settled()
		full = append(full, memory)
		return took, errors.Join(err, failed, d.stop())
	}
	text := restoreText("blacklist", n)
	theirs := func() (float64, error) {
		if err := forgetSets(); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := c.Create(ipset.Spec{Name: "blacklist", HashSize: 1 << 20, MaxElem: 1 << 20, Comments: true, Counters: true}); err != nil {
			return 0, err
		}
		_, err := ipsetRestore(text, n)
		return cost(start, 1), err
	}
	some := b.fewer()
	d, err := some.faster(ours, theirs)
	if err != nil {
		return nil, err
	}
	idle, err := b.idleMemory()
	what := thousands(float64(n)) + " bans"
	return []answer{
		{what: "restart with " + what + " on disk until all are in force", ours: nanoseconds(d.ours), than: "`ipset restore` of the list " + nanoseconds(d.theirs), duel: d, aim: "≥ 3×"},
		{what: "resident memory with " + what, ours: megabytes(median(full)), than: "idle " + megabytes(idle)},
	}, err
}

// writeState writes the state of a daemon that has banned n addresses.
func writeState(dir string, n int) error {
	set, err := compile([]string{`^sshd\[\d+\]: Failed password for \S+ from {IP_NUMBER} port \d+`})
	if err != nil {
		return err
	}
	l := ledger.New(ledger.Config{}, spare.New())
	now := ledger.Time{Boot: time.Hour, Wall: time.Now()}
	hit := rules.Hit{Entry: set.Entries()[0]}
	for i := range n {
		hit.Addr = netip.MustParseAddr(attacker(i))
		l.Hit(now, &ledger.Report{Hit: &hit, Sender: "192.0.2.1",
			Line: fmt.Appendf(nil, "sshd[4711]: Failed password for root from %s port 40022 ssh2", hit.Addr)})
	}
	disk, err := ledger.Open(l, dir, func() ledger.Time { return now })
	if err != nil {
		return err
	}
	return disk.Close()
}

// idleMemory is that of a daemon without a ban.
func (b *bench) idleMemory() (float64, error) {
	d, err := b.startedDaemon("idle", "1h")
	if err != nil {
		return 0, err
	}
	memory, err := d.memory()
	return memory, errors.Join(err, d.stop(), os.RemoveAll(d.dir))
}

// settled is the daemon's memory when it has done all that a start brings, and given
// back what only the start needed.
func (d *daemon) settled() (float64, error) {
	if _, err := d.atRest(500 * time.Millisecond); err != nil {
		return 0, err
	}
	return d.memory()
}

func megabytes(bytes float64) string { return fmt.Sprintf("%.0f MB", bytes/1e6) }
