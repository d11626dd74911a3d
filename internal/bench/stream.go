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
)

// stream compares messages over one TCP connection with rsyslogd, which writes them to a
// file as they came.
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
	result, err := b.fewer().faster(
		func() (float64, error) { return overTCP(syslogPort, text, n, toItsEnd) },
		func() (float64, error) {
			if err := os.Truncate(other.file, 0); err != nil {
				return 0, err
			}
			return overTCP(rsyslogPort, text, n, func(net.Conn) error { return other.wrote(int64(len(text))) })
		})
	return []answer{{what: "messages over TCP, 400 rules, 10 % attacks", ours: perSecond(result.ours),
			than: "`rsyslogd` to a file " + perSecond(result.theirs), duel: result, aim: "≥ 3×"}},
		errors.Join(err, d.stop(), other.stop(), os.RemoveAll(d.dir))
}

// overTCP sends text and waits until all of it was worked on.
func overTCP(port int, text []byte, n int, finished func(net.Conn) error) (float64, error) {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	start := time.Now()
	if _, err := conn.Write(text); err != nil {
		return 0, err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return 0, err
	}
	err = finished(conn)
	return cost(start, n), err
}

// toItsEnd waits until the daemon closes the connection, which it does when it has
// judged the last message.
func toItsEnd(conn net.Conn) error {
	_, err := io.Copy(io.Discard, conn)
	return err
}

const rsyslogPort = 5516

// rsyslog is a running rsyslogd.
type rsyslog struct {
	cmd  *exec.Cmd
	file string
}

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

// wrote waits until the file has that many bytes.
func (r *rsyslog) wrote(size int64) error {
	return await("rsyslogd to write all", func() (bool, error) {
		info, err := os.Stat(r.file)
		return err == nil && info.Size() >= size, err
	})
}

func (r *rsyslog) stop() error {
	r.cmd.Process.Signal(syscall.SIGTERM)
	return r.cmd.Wait()
}
