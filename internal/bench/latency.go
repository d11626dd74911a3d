package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/ipset"
)

// busyRate is how many messages a second the daemon gets while it is busy.
const busyRate = 100_000

// latency measures how long it takes from the datagram of a new attacker to the
// element in the kernel's set, with nothing else to do and under load.
func latency(b *bench) ([]answer, error) {
	d, err := b.startedDaemon("latency", "1h")
	if err != nil {
		return nil, err
	}
	c, err := ipset.Dial()
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	defer c.Close()
	p := &prober{kernel: c, next: 1_000_000}
	var idle, busy []float64
	probes := b.pick(100, 40)
	result, err := b.dearer(
		func() (float64, error) {
			some, err := p.underLoad(probes)
			busy = append(busy, some...)
			return median(some), err
		},
		func() (float64, error) {
			some, err := p.probe(probes)
			idle = append(idle, some...)
			return median(some), err
		})
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	both := func(all []float64) string {
		return fmt.Sprintf("median %s, 99 %% %s", nanoseconds(median(all)), nanoseconds(quantile(all, 0.99)))
	}
	return []answer{{what: fmt.Sprintf("from datagram to element in the set, under %s messages/s", thousands(busyRate)),
			ours: both(busy), than: "idle " + both(idle), duel: result}},
		errors.Join(d.stop(), os.RemoveAll(d.dir))
}

// prober sends attacks of addresses that were never seen, and looks for them.
type prober struct {
	kernel *ipset.Conn
	next   int
}

// probe returns how long each of n attacks took, in nanoseconds.
func (p *prober) probe(n int) ([]float64, error) {
	s, err := dialUDP(syslogPort)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var all []float64
	for range n {
		p.next++
		ip := attacker(p.next)
		message := fmt.Appendf(nil, "<38>%s host sshd[4711]: Failed password for root from %s port 40022 ssh2", time.Now().Format(time.Stamp), ip)
		addr := netip.MustParseAddr(ip)
		start := time.Now()
		if err := s.send([][]byte{message}); err != nil {
			return nil, err
		}
		for {
			there, err := p.kernel.Test("blacklist", addr)
			if err != nil {
				return nil, err
			}
			if there {
				break
			}
			if time.Since(start) > 10*time.Second {
				return nil, fmt.Errorf("%s is not in the set after 10 s", ip)
			}
			// Who asks without end would keep the daemon from one of the processors for the
			// scheduler's whole tick, some milliseconds, and measure that.
			unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
		}
		all = append(all, float64(time.Since(start)))
		time.Sleep(2 * time.Millisecond)
	}
	return all, nil
}

// underLoad is probe while others send, a tenth of it attacks of some thousand
// addresses.
func (p *prober) underLoad(n int) ([]float64, error) {
	s, err := dialUDP(syslogPort)
	if err != nil {
		return nil, err
	}
	defer s.close()
	messages := packets(newTraffic(5000), 64<<10, 10)
	stop, sent := make(chan struct{}), make(chan error)
	go func() {
		_, err := s.pace(messages, busyRate, func() bool {
			select {
			case <-stop:
				return true
			default:
				return false
			}
		})
		sent <- err
	}()
	all, err := p.probe(n)
	close(stop)
	return all, errors.Join(err, <-sent)
}
