package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// filled is how many datagrams wait: they fit into the receive buffer.
const filled = 16_000

// receiving compares the CPU time that the whole daemon needs for a message with a
// loop of recvmmsg that throws everything away. Both empty a socket that was filled
// while they stood still; a tenth of the lines are attacks.
func receiving(b *bench) ([]answer, error) {
	var all []answer
	for _, c := range []struct{ what, verdict string }{
		{"each attack counted", counting},
		{"each attacker banned", "1h"},
	} {
		d, err := b.emptying(c.verdict)
		if err != nil {
			return nil, err
		}
		all = append(all, answer{what: "receive a datagram, 400 rules, 10 % attacks, " + c.what + ", CPU time",
			ours: nanoseconds(d.ours), than: "bare `recvmmsg` loop " + nanoseconds(d.theirs), duel: d, aim: "≤ 2×"})
	}
	return all, nil
}

func (b *bench) emptying(verdict string) (duel, error) {
	t := newTraffic(100_000)
	d, err := b.startedDaemon("receive", verdict)
	if err != nil {
		return duel{}, err
	}
	result, err := b.dearer(
		func() (float64, error) { return d.empty(packets(t, filled, 10)) },
		func() (float64, error) { return emptyBare(packets(t, filled, 10)) })
	return result, errors.Join(err, d.stop(), os.RemoveAll(d.dir))
}

// empty stops the daemon, fills its socket, lets it go on, and returns its CPU time for
// each message until it has nothing to do any more.
func (d *daemon) empty(messages [][]byte) (float64, error) {
	before, err := d.received()
	if err != nil {
		return 0, err
	}
	if err := d.signal(syscall.SIGSTOP, "T"); err != nil {
		return 0, err
	}
	if err := sendTo(syslogPort, messages); err != nil {
		return 0, err
	}
	start, err := d.cpu()
	if err != nil {
		return 0, err
	}
	if err := d.signal(syscall.SIGCONT, "SR"); err != nil {
		return 0, err
	}
	end, err := d.atRest(50 * time.Millisecond)
	if err != nil {
		return 0, err
	}
	after, err := d.received()
	if err == nil && after-before != len(messages) {
		err = fmt.Errorf("the daemon received %d of %d messages", after-before, len(messages))
	}
	return float64(end-start) / float64(len(messages)), err
}

// signal sends s and waits until the daemon is in one of the states.
func (d *daemon) signal(s syscall.Signal, states string) error {
	if err := d.cmd.Process.Signal(s); err != nil {
		return err
	}
	return await("the daemon to stop or go on", func() (bool, error) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		return err == nil && strings.Contains(states, rest[:1]), err
	})
}

// atRest waits until the socket is empty and the daemon has used no CPU time worth the
// name for so long, and returns what it has used.
func (d *daemon) atRest(long time.Duration) (time.Duration, error) {
	last, since := time.Duration(0), time.Now()
	err := await("the daemon to come to rest", func() (bool, error) {
		waiting, _, err := queue(syslogPort)
		if err != nil {
			return false, err
		}
		used, err := d.cpu()
		if waiting > 0 || used-last > 200*time.Microsecond {
			last, since = used, time.Now()
		}
		return time.Since(since) > long, err
	})
	return last, err
}

// emptyBare fills a socket and empties it again.
func emptyBare(messages [][]byte) (float64, error) {
	const port = syslogPort + 1
	s, err := listenUDP(port)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if err := sendTo(port, messages); err != nil {
		return 0, err
	}
	got := 0
	used, err := onThread(len(messages), func() {
		for {
			n, _ := s.receive(unix.MSG_DONTWAIT)
			if n == 0 {
				return
			}
			got += n
		}
	})
	if err == nil && got != len(messages) {
		err = fmt.Errorf("the bare loop received %d of %d messages", got, len(messages))
	}
	return used, err
}

func sendTo(port int, messages [][]byte) error {
	s, err := dialUDP(port)
	if err != nil {
		return err
	}
	defer s.close()
	return s.send(messages)
}

// received is how many messages the daemon says it has received, from all sources.
func (d *daemon) received() (int, error) {
	m, err := d.metrics()
	return int(m["syslog_blacklist_messages_received_total"]), err
}

// metrics returns the daemon's metrics, summed over their labels.
func (d *daemon) metrics() (map[string]float64, error) {
	response, err := http.Get("http://" + webAddress + "/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	sums := map[string]float64{}
	for in := bufio.NewScanner(response.Body); in.Scan(); {
		line := in.Text()
		space := strings.LastIndexByte(line, ' ')
		if space < 0 || line[0] == '#' {
			continue
		}
		v, err := strconv.ParseFloat(line[space+1:], 64)
		if err != nil {
			return nil, err
		}
		name, _, _ := strings.Cut(line[:space], "{")
		sums[name] += v
	}
	return sums, nil
}
