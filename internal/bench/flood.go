package main

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// flood finds the highest rate of datagrams at which nothing is lost, of the daemon
// and of a loop of recvmmsg that throws everything away. Where the sender cannot
// send fast enough to lose any, the rate is its own.
func flood(b *bench) ([]answer, error) {
	d, err := b.startedDaemon("flood", counting)
	if err != nil {
		return nil, err
	}
	stop, err := throwAway(syslogPort + 1)
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	messages := packets(newTraffic(100_000), 64<<10, 10)
	limited := true // by the sender, on both sides
	highest := func(port int) side {
		return func() (float64, error) {
			rate, alone, err := b.lossFree(port, messages)
			limited = limited && alone
			return 1e9 / rate, err
		}
	}
	some := b.fewer()
	result, err := some.faster(highest(syslogPort), highest(syslogPort+1))
	stop()
	a := answer{what: "highest rate without loss, a live flood over UDP", ours: perSecond(result.ours),
		than: "bare `recvmmsg` loop " + perSecond(result.theirs), duel: result, aim: "the sender's limit"}
	if limited {
		a.what += " (limited by the sender)"
	}
	return []answer{a}, errors.Join(err, d.stop(), os.RemoveAll(d.dir))
}

// throwAway receives at port until stop is called.
func throwAway(port int) (stop func(), err error) {
	s, err := listenUDP(port)
	if err != nil {
		return nil, err
	}
	// So often it looks whether it should stop.
	if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000}); err != nil {
		return nil, err
	}
	var stopped atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stopped.Load() {
			s.receive(unix.MSG_WAITFORONE)
		}
	}()
	return func() { stopped.Store(true); <-done; s.close() }, nil
}

// lossFree sends as fast as it can and, when some are lost, halves the range of
// rates in which the highest without loss lies, some times. alone tells that
// nothing was lost at the sender's best.
func (b *bench) lossFree(port int, messages [][]byte) (rate float64, alone bool, err error) {
	length := time.Duration(b.pick(1000, 300)) * time.Millisecond
	high, lost, err := trial(port, messages, 0, length)
	if lost == 0 || err != nil {
		return high, true, err
	}
	low := 0.0
	for range 5 {
		got, lost, err := trial(port, messages, (low+high)/2, length)
		switch {
		case err != nil:
			return 0, false, err
		case lost > 0:
			high = (low + high) / 2
		default:
			low = got
		}
	}
	return max(low, 1), false, nil
}

// trial sends for some time at a rate, 0 being as fast as possible, and returns the
// rate that it came to and how many were lost.
func trial(port int, messages [][]byte, rate float64, length time.Duration) (got float64, lost int64, err error) {
	_, before, err := queue(port)
	if err != nil {
		return 0, 0, err
	}
	s, err := dialUDP(port)
	if err != nil {
		return 0, 0, err
	}
	defer s.close()
	start := time.Now()
	sent, err := s.pace(messages, rate, func() bool { return time.Since(start) > length })
	if err != nil {
		return 0, 0, err
	}
	got = float64(sent) / time.Since(start).Seconds()
	err = await("the receiver to empty its socket", func() (bool, error) {
		waiting, after, err := queue(port)
		lost = after - before
		return waiting == 0, err
	})
	return got, lost, err
}

// pace sends messages again and again, so many a second, until done, and returns
// how many. When it is behind it makes up for it.
func (s *socket) pace(messages [][]byte, rate float64, done func() bool) (sent int, err error) {
	for start := time.Now(); !done(); {
		if rate > 0 && float64(sent) > rate*time.Since(start).Seconds() {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		at := sent % len(messages)
		batch := messages[at:min(at+vector, len(messages))]
		if err := s.send(batch); err != nil {
			return sent, err
		}
		sent += len(batch)
	}
	return sent, nil
}
