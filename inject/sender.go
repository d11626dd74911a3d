package inject

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"syslog-blacklist/internal/syslog"
)

const (
	// RingSize is the size in bytes of each of the two rings, the network's and
	// the copy file's. A line takes 12 bytes besides its own: some 30,000 lines of
	// Apache's error log fit.
	RingSize = 4 << 20
	// Grace is how long Run goes on after the end of its input or of its context.
	Grace = 2 * time.Second

	// hangs is how long after the end a write to the copy file may take: it can't
	// be interrupted.
	hangs = 100 * time.Millisecond

	severityWarning = 4
)

// Config says what a Sender does.
type Config struct {
	// To is the receiver's URL: udp://HOST:PORT, tcp://HOST:PORT,
	// tls://HOST:PORT?ca=FILE&cert=FILE&key=FILE (every parameter may be left
	// out) or unix:///PATH of a datagram socket.
	To string
	// Tag names the program that the lines come from: 1 to 48 visible ASCII
	// characters without : [ ]. What a receiver would not take becomes "_".
	Tag string
	// Host is this machine's name as receivers shall see it: up to 255 visible
	// ASCII characters. An empty one stands for the name that the kernel has, and
	// for none over a Unix socket, where local daemons expect none.
	Host string
	// Priority is facility×8 + severity, 0 to 191.
	Priority int
	// Copy is the path of a file that every line is appended to, or "".
	Copy string
	// Log is told when the link or the copy file fails and when it works again.
	// It may block without harm to the reader of the input.
	Log *slog.Logger
}

// Sender sends the lines of its input. Make one with New.
type Sender struct {
	target target
	header syslog.Header
	copy   *copyFile // nil without
	log    *slog.Logger
}

// Totals counts lines of the input.
type Totals struct {
	Read     uint64 // lines read
	Cut      uint64 // of them, those longer than MaxLine, which were cut
	Lost     uint64 // of them, those that are not known to have reached the receiver
	Uncopied uint64 // of them, those that are not in the copy file
}

// Check tells what is wrong with c by itself, without a look at any file.
func (c *Config) Check() error {
	_, err := c.parse()
	return err
}

// parse checks c and returns where To leads.
func (c *Config) parse() (target, error) {
	if c.Tag == "" || !visible(c.Tag, 48) || strings.ContainsAny(c.Tag, ":[]") {
		return target{}, fmt.Errorf("tag %q: want 1 to 48 visible ASCII characters without : [ ]", c.Tag)
	}
	if !visible(c.Host, 255) {
		return target{}, fmt.Errorf("host %q: want at most 255 visible ASCII characters", c.Host)
	}
	if c.Priority < 0 || c.Priority > 191 {
		return target{}, fmt.Errorf("priority %d: want 0 to 191", c.Priority)
	}
	return parseTarget(c.To)
}

// New makes a Sender. It reads the files that To names and opens the copy file,
// creating it when it is missing, but does not connect. An error is one of the
// configuration.
func New(c Config) (*Sender, error) {
	t, err := c.parse()
	if err != nil {
		return nil, err
	}
	if t.tls != nil {
		if err := t.readFiles(); err != nil {
			return nil, fmt.Errorf("url %q: %w", c.To, err)
		}
	}
	s := &Sender{target: t, header: headerOf(c, t), log: c.Log}
	if c.Copy != "" {
		s.copy = &copyFile{path: c.Copy, trouble: trouble{log: c.Log, what: "copy"}}
		if err := s.copy.follow(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// headerOf returns what every message has in common. Daemons that read a Unix
// socket, journald above all, understand nothing but the local form of RFC 3164.
func headerOf(c Config, t target) syslog.Header {
	h := syslog.Header{Format: syslog.RFC5424, Priority: c.Priority, Host: c.Host, Tag: c.Tag}
	if t.network == "unixgram" {
		h.Format = syslog.RFC3164
	} else if h.Host == "" {
		h.Host, _ = os.Hostname() // without a name it is left out
	}
	return h
}

// Run sends the lines of in, which may be any file that poll(2) knows: a pipe, a
// socket, a terminal, a file. It returns after the end of in, or when ctx has
// ended and what stood in the pipe has been read, in both cases within Grace. It
// is to be called once. The error is that of reading: neither the network nor
// the copy file ends it.
func (s *Sender) Run(ctx context.Context, in *os.File) (Totals, error) {
	deliver, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(Grace, cancel) })()

	network := courier{target: s.target, header: s.header, ring: newRing(RingSize), trouble: trouble{log: s.log, what: "link"}}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		network.run(deliver, ctx)
	}()
	var disk *ring
	copied, hung := make(chan struct{}), make(chan struct{})
	context.AfterFunc(deliver, func() { time.AfterFunc(hangs, func() { close(hung) }) })
	if s.copy != nil {
		disk = newRing(RingSize)
		go func() {
			defer close(copied)
			s.copy.run(deliver, disk)
		}()
	}

	var t Totals
	var now time.Time
	lines := splitter{emit: func(line []byte) {
		t.Read++
		network.ring.push(now, bytes.TrimSuffix(line, []byte{'\r'}))
		if disk != nil {
			disk.push(now, line)
		}
	}}
	err := read(ctx, in, func(p []byte) {
		now = time.Now()
		lines.write(p)
	})
	lines.end()
	network.ring.close()
	time.AfterFunc(Grace, cancel)

	t.Cut = lines.cut
	if disk != nil {
		disk.close()
	}
	<-sent
	t.Lost = network.unsent()
	if disk != nil {
		select {
		case <-copied:
		case <-hung:
		}
		t.Uncopied = s.copy.pending.Load() + disk.takeLost() + disk.len()
	}
	return t, err
}

// visible reports whether s has at most longest characters, all of visible ASCII.
func visible(s string, longest int) bool {
	return len(s) <= longest &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
