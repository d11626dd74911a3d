package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// stream compares messages over TCP with rsyslogd, which writes them to a file as they
// came. One connection is work for one core here, and for two of rsyslogd's threads: the
// CPU time tells what each message cost, and four connections what two cores do.
func stream(b *bench) ([]answer, error) {
	n := b.pick(1_000_000, 100_000)
	text := append(bytes.Join(packets(newTraffic(100_000), n, 10), []byte{'\n'}), '\n')
	d, err := b.startedDaemon("tcp", counting)
	if err != nil {
		return nil, err
	}
	other, err := b.startRsyslog()
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	all, err := b.streams(d, other, text, n)
	return all, errors.Join(err, d.stop(), other.stop(), os.RemoveAll(d.dir))
}

func (b *bench) streams(d *daemon, other *rsyslog, text []byte, n int) ([]answer, error) {
	bare, err := bareStream(text, n)
	if err != nil {
		return nil, err
	}
	var all []answer
	for _, c := range []struct {
		what        string
		connections int
		measure     meter
		unit        func(float64) string
		note, aim   string
	}{
		{"messages over one TCP connection, 400 rules, 10 % attacks", 1, elapsed, perSecond, " (a loop that only reads " + perSecond(bare) + ")", "≥ 3×"},
		{"the same, CPU time a message", 1, processorTime, nanoseconds, "", ""},
		{"messages over four TCP connections, 400 rules, 10 % attacks", 4, elapsed, perSecond, "", ""},
	} {
		result, err := b.fewer().faster(
			func() (float64, error) {
				return c.measure(d.cmd, n, func() error { return overTCP(syslogPort, text, c.connections) })
			},
			func() (float64, error) {
				return c.measure(other.cmd, n, func() error { return other.take(text, c.connections) })
			})
		if err != nil {
			return nil, err
		}
		all = append(all, answer{what: c.what, ours: c.unit(result.ours), than: "`rsyslogd` to a file " + c.unit(result.theirs) + c.note, duel: result, aim: c.aim})
	}
	return all, nil
}

// A meter does work of n units, in which a process takes part, and tells what each cost.
type meter func(process *exec.Cmd, n int, work func() error) (float64, error)

func elapsed(_ *exec.Cmd, n int, work func() error) (float64, error) {
	start := time.Now()
	err := work()
	return cost(start, n), err
}

func processorTime(process *exec.Cmd, n int, work func() error) (float64, error) {
	clock := processClock(process.Process.Pid)
	before, err := cpuTime(clock)
	if err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	after, err := cpuTime(clock)
	return float64(after-before) / float64(n), err
}

// overTCP sends the lines of text over so many connections at once, and returns when the
// other side has closed them all, which the daemon does when it has judged their last
// message.
func overTCP(port int, text []byte, connections int) error {
	var g errgroup.Group
	for i := range connections {
		part := text
		if i < connections-1 {
			part = text[:len(text)/(connections-i)]
			part = text[:bytes.LastIndexByte(part, '\n')+1]
		}
		text = text[len(part):]
		g.Go(func() error { return sendStream(port, part) })
	}
	return g.Wait()
}

func sendStream(port int, text []byte) error {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(text); err != nil {
		return err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// bareStream is what a message costs when the other side of the connection reads and
// throws away: the sender's limit.
func bareStream(text []byte, n int) (float64, error) {
	const port = syslogPort + 1
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	var g errgroup.Group
	g.Go(func() error {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		defer conn.Close()
		for memory := make([]byte, 256<<10); err == nil; {
			_, err = conn.Read(memory)
		}
		if err == io.EOF {
			return nil
		}
		return err
	})
	start := time.Now()
	err = sendStream(port, text)
	return cost(start, n), errors.Join(err, g.Wait())
}

const rsyslogPort = 5516

// rsyslog is a running rsyslogd.
type rsyslog struct {
	cmd  *exec.Cmd
	file string
}

// rsyslogConf leaves the queue and the file's buffer as they come, as Debian's own
// rsyslog.conf does.
const rsyslogConf = `global(workDirectory=%[1]q)
module(load="imtcp")
template(name="raw" type="string" string="%%rawmsg%%\n")
input(type="imtcp" address="127.0.0.1" port="%[2]d")
action(type="omfile" file="%[1]s/messages" template="raw")
`

func (b *bench) startRsyslog() (*rsyslog, error) {
	dir := filepath.Join(b.dir, "rsyslog")
	conf := filepath.Join(dir, "conf")
	r := &rsyslog{file: filepath.Join(dir, "messages")}
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(conf, fmt.Appendf(nil, rsyslogConf, dir, rsyslogPort), 0o600),
		os.WriteFile(r.file, nil, 0o600)); err != nil {
		return nil, err
	}
	r.cmd = exec.Command("rsyslogd", "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	return r, await("rsyslogd to listen", func() (bool, error) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", rsyslogPort))
		if err == nil {
			conn.Close()
		}
		return err == nil, nil
	})
}

// take sends text and waits until it is in the file.
func (r *rsyslog) take(text []byte, connections int) error {
	if err := os.Truncate(r.file, 0); err != nil {
		return err
	}
	if err := overTCP(rsyslogPort, text, connections); err != nil {
		return err
	}
	return await("rsyslogd to write all", func() (bool, error) {
		info, err := os.Stat(r.file)
		return err == nil && info.Size() >= int64(len(text)), err
	})
}

func (r *rsyslog) stop() error {
	r.cmd.Process.Signal(syscall.SIGTERM)
	return r.cmd.Wait()
}
