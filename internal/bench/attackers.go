package main

import (
	"fmt"
	"net/netip"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// attackers measures a log in which each line is another attacker's: matched against
// 400 rules and counted, while the ledger grows.
func attackers(b *bench) ([]answer, error) {
	most := b.pick(1_000_000, 100_000)
	set, faults := rules.Parse("bench", rulesFile(serverPatterns(400), "1h after 5 in 10m"))
	if set == nil {
		return nil, faults[0]
	}
	grow := func(n int) side {
		return func() (float64, error) {
			sum, rounds := 0.0, most/n
			for range rounds {
				_, ns, err := growLedger(set, n)
				if err != nil {
					return 0, err
				}
				sum += ns
			}
			return sum / float64(rounds), nil
		}
	}
	perAddress := func(n int) string {
		before := heap()
		l, _, _ := growLedger(set, n)
		size := float64(heap()-before) / float64(n)
		runtime.KeepAlive(l)
		return fmt.Sprintf(", %.0f B an address", size)
	}
	var all []answer
	for _, c := range []struct {
		n   int
		aim string
	}{{most / 10, "≤ 1.5×"}, {most / 1000, "≤ 3×"}} {
		d, err := b.fewer().dearer(grow(most), grow(c.n))
		if err != nil {
			return nil, err
		}
		all = append(all, answer{what: fmt.Sprintf("%s attackers, a line each, CPU time a line", thousands(float64(most))), ours: nanoseconds(d.ours) + perAddress(most),
			than: thousands(float64(c.n)) + " attackers " + nanoseconds(d.theirs) + perAddress(c.n), duel: d, aim: c.aim})
	}
	return all, nil
}

// growLedger reads n lines of n attackers into an empty ledger, and returns that and
// the CPU time for each line.
func growLedger(set *rules.Set, n int) (*ledger.Ledger, float64, error) {
	l := ledger.New(ledger.Config{}, spare.New())
	m, hit := set.Matcher(), new(rules.Hit)
	defer set.Release(m)
	now := ledger.Time{Boot: time.Hour, Wall: time.Now()}
	sum, missed := 0.0, 0
	const some = 1000 // at a time: a million lines would be read from memory, not from a socket
	for at := 0; at < n; at += some {
		batch := make([][]byte, min(some, n-at))
		for i := range batch {
			batch[i] = fmt.Appendf(nil, "sshd[4711]: Failed password for root from %s port 40022 ssh2", attacker(at+i))
		}
		ns, err := onThread(1, func() {
			for _, line := range batch {
				if !m.Match(line, false, hit) {
					missed++
					continue
				}
				l.Hit(now, &ledger.Report{Hit: hit, Sender: "192.0.2.1", Line: line})
			}
		})
		if err != nil {
			return nil, 0, err
		}
		sum += ns
	}
	if missed > 0 {
		return nil, 0, fmt.Errorf("%d of %d attacks matched no rule", missed, n)
	}
	return l, sum / float64(n), nil
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// againstBlocker compares counting with sshguard's, whose parser has done the
// matching already. Its time grows with the square of the addresses, so that it gets
// few.
func againstBlocker(b *bench) ([]answer, error) {
	n := b.pick(5000, 2000)
	set, err := compile([]string{`^sshd\[\d+\]: Failed password for \S+ from {IP_NUMBER} port \d+`})
	if err != nil {
		return nil, err
	}
	var attacks strings.Builder
	for i := range n {
		fmt.Fprintf(&attacks, "100 %s 4 10\n", netip.MustParseAddr(attacker(i)))
	}
	d, err := b.fewer().faster(func() (float64, error) {
		_, ns, err := growLedger(set, n)
		return ns, err
	}, func() (float64, error) {
		cmd := exec.Command("sshg-blocker")
		cmd.Stdin = strings.NewReader(attacks.String())
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("run sshg-blocker: %w", err)
		}
		return float64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()) / float64(n), nil
	})
	return []answer{{what: fmt.Sprintf("%s attackers, a line each, CPU time a line", thousands(float64(n))), ours: nanoseconds(d.ours),
		than: "`sshg-blocker`, matching not counted, " + nanoseconds(d.theirs), duel: d}}, err
}
