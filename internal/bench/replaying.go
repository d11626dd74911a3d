package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// againstFail2ban compares `syslog-blacklist test` with fail2ban-regex, which gets a
// smaller file. The time that it needs to start, as it does for a single line, is
// not counted; ours is.
func againstFail2ban(b *bench) ([]answer, error) {
	n := b.pick(20_000, 2000)
	file, err := b.logFile(n)
	if err != nil {
		return nil, err
	}
	one, err := b.logFile(1)
	if err != nil {
		return nil, err
	}
	return b.replay("`fail2ban-regex`, sshd alone", "≥ 100×", func(clock stopwatch) (float64, error) {
		whole, err := clock("", "fail2ban-regex", file, "sshd")
		if err != nil {
			return 0, err
		}
		start, err := clock("", "fail2ban-regex", one, "sshd")
		return float64(whole-start) / float64(n-1), err
	})
}

// againstSSHGuard compares it with sshguard's parser, which has all of its rules in
// one grammar and only prints addresses.
func againstSSHGuard(b *bench) ([]answer, error) {
	n := b.replayed()
	file, err := b.logFile(n)
	if err != nil {
		return nil, err
	}
	return b.replay("`sshg-parser`", "≥ 6×", func(clock stopwatch) (float64, error) {
		d, err := clock(file, "sshg-parser")
		return float64(d) / float64(n), err
	})
}

// replayed is how many lines `syslog-blacklist test` gets.
func (b *bench) replayed() int { return b.pick(1_000_000, 100_000) }

// replay measures `syslog-blacklist test` with all shipped rules against theirs: the
// time that whoever waits for it sees, and the CPU time. Theirs have one thread.
func (b *bench) replay(name, aim string, theirs func(stopwatch) (float64, error)) ([]answer, error) {
	path, err := b.program()
	if err != nil {
		return nil, err
	}
	rules := filepath.Join(b.dir, "all.conf")
	if err := os.WriteFile(rules, []byte("use all\n"), 0o600); err != nil {
		return nil, err
	}
	n := b.replayed()
	file, err := b.logFile(n)
	if err != nil {
		return nil, err
	}
	var all []answer
	for _, kind := range []struct {
		time  string
		clock stopwatch
	}{
		{fmt.Sprintf("elapsed time a line, %d CPUs against one thread", runtime.NumCPU()), elapsedTime},
		{"CPU time a line", commandTime},
	} {
		d, err := b.fewer().faster(func() (float64, error) {
			d, err := kind.clock("", path, "test", "--rules", rules, file)
			return float64(d) / float64(n), err
		}, func() (float64, error) { return theirs(kind.clock) })
		if err != nil {
			return nil, err
		}
		all = append(all, answer{what: fmt.Sprintf("`test` of %s lines, all shipped rules, %s", thousands(float64(n)), kind.time),
			ours: nanoseconds(d.ours), than: name + " " + nanoseconds(d.theirs), duel: d, aim: aim})
	}
	return all, nil
}

// logFile writes n lines of a server's auth.log over some days, four of ten of them
// attacks: the file that all three programs are meant for.
func (b *bench) logFile(n int) (string, error) {
	path := filepath.Join(b.dir, fmt.Sprintf("log.%d", n))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	t, at := newTraffic(10_000), time.Now().Add(-7*24*time.Hour)
	for range n {
		at = at.Add(time.Duration(rand.IntN(1000)) * time.Millisecond)
		fmt.Fprintf(w, "%s host %s\n", at.Format(time.Stamp), t.auth())
	}
	return path, w.Flush()
}

// A stopwatch runs a command and tells its time. stdin is a file, or "".
type stopwatch func(stdin, name string, args ...string) (time.Duration, error)

// elapsedTime is how long a command takes.
func elapsedTime(stdin, name string, args ...string) (time.Duration, error) {
	start := time.Now()
	_, err := runCommand(stdin, name, args...)
	return time.Since(start), err
}

// commandTime is the CPU time of a command, of all its threads.
func commandTime(stdin, name string, args ...string) (time.Duration, error) {
	state, err := runCommand(stdin, name, args...)
	if err != nil {
		return 0, err
	}
	return state.UserTime() + state.SystemTime(), nil
}

func runCommand(stdin, name string, args ...string) (*os.ProcessState, error) {
	cmd := exec.Command(name, args...)
	if stdin != "" {
		in, err := os.Open(stdin)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	return cmd.ProcessState, nil
}
