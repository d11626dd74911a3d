package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"syslog-blacklist/ipset"
)

// program returns the path of syslog-blacklist, built from this tree at the first call.
func (b *bench) program() (string, error) {
	path := filepath.Join(b.dir, "syslog-blacklist")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	build := exec.Command("go", "build", "-o", path, "syslog-blacklist/cmd/syslog-blacklist")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build syslog-blacklist: %w: %s", err, out)
	}
	return path, nil
}

// ports of the daemon: the namespace has no others.
const (
	syslogPort = 5514
	webAddress = "127.0.0.1:9514"
)

// daemon is a running syslog-blacklist with 400 rules, real sets and its state on disk.
type daemon struct {
	cmd *exec.Cmd
	log *os.File
	dir string
}

// plumbing is the daemon's configuration: everything as it comes, but for the breaker,
// which would end a benchmark of bans.
const plumbing = `listen: ["udp://127.0.0.1:%[1]d", "tcp://127.0.0.1:%[1]d"]
rules: %[2]s/rules.conf
state: %[2]s/state
control: %[2]s/control.sock
web: %[3]s
limits: {bans_per_second: 0}
`

// startDaemon starts a daemon that keeps its files in a directory of its own, called name, and
// waits until it is ready. The directory stays for the next one of that name.
func (b *bench) startDaemon(name, verdict string) (*daemon, error) {
	path, err := b.program()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, name)
	if err := errors.Join(os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, "config.yaml"), fmt.Appendf(nil, plumbing, syslogPort, dir, webAddress), 0o600),
		os.WriteFile(filepath.Join(dir, "rules.conf"), rulesFile(serverPatterns(400), verdict), 0o600)); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	d := &daemon{cmd: exec.Command(path, "run", "--config", filepath.Join(dir, "config.yaml")), log: log, dir: dir}
	d.cmd.Stderr = log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	if err := await("the daemon to be ready", func() (bool, error) {
		_, err := d.metrics()
		return err == nil, nil
	}); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// startedDaemon is startDaemon with empty sets, and waits until the daemon has done
// what it does after its start: it compares the sets and proves the rules.
func (b *bench) startedDaemon(name, verdict string) (*daemon, error) {
	if err := forgetSets(); err != nil {
		return nil, err
	}
	d, err := b.startDaemon(name, verdict)
	if err != nil {
		return nil, err
	}
	if _, err := d.atRest(500 * time.Millisecond); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// forgetSets destroys a daemon's sets: another would take over what they hold.
func forgetSets() error {
	c, err := ipset.Dial()
	if err != nil {
		return err
	}
	defer c.Close()
	for _, name := range []string{"blacklist", "whitelist", "blackout"} {
		for _, set := range []string{name, name + "6"} {
			if err := c.Destroy(set); err != nil && !errors.Is(err, ipset.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// stop ends the daemon. Its sets stay.
func (d *daemon) stop() error {
	d.cmd.Process.Signal(syscall.SIGTERM)
	err := d.cmd.Wait()
	said, _ := os.ReadFile(d.log.Name())
	d.log.Close()
	if err != nil {
		return fmt.Errorf("run syslog-blacklist: %w: %s", err, said)
	}
	return nil
}

// cpu is the CPU time that the daemon has used.
func (d *daemon) cpu() (time.Duration, error) { return cpuTime(processClock(d.cmd.Process.Pid)) }

// memory is how much of the daemon is in memory, in bytes.
func (d *daemon) memory() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kB * 1024, err
		}
	}
	return 0, errors.New("no VmRSS in /proc")
}

// await asks done every few milliseconds, for a minute.
func await(what string, done func() (bool, error)) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if ok, err := done(); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("wait for %s: not within a minute", what)
}
