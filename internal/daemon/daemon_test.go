package daemon

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/metrics"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// testRules has one entry for each way a test wants an address to be treated.
const testRules = `
[short]
1m
^sshd\[\d+\]: short from {IP_NUMBER}$

[long]
12h
^sshd\[\d+\]: long from {IP_NUMBER}$
`

// running is a daemon under test on a real kernel.
type running struct {
	*Daemon
	t    *testing.T
	log  *logBuffer
	cfg  *config.Config
	conn net.Conn
	done chan error
	stop context.CancelFunc
}

// logBuffer collects the log for tests that wait for a line.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// configuration returns a configuration of the test's own, whose sets are
// destroyed at its end.
func configuration(t *testing.T, rules string) *config.Config {
	t.Helper()
	kerneltest.Require(t, "ipset", "ip")
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	return configurationFor(t, rules)
}

// configurationFor has ports that the system chooses, and rules and state in
// temporary directories.
func configurationFor(t testing.TB, rules string) *config.Config {
	t.Helper()
	c := config.Default()
	c.Listen = []string{"udp://127.0.0.1:0"}
	c.Web = "127.0.0.1:0"
	c.State = t.TempDir()
	c.Sets.Size = 4096
	c.Rules, c.RulesSet = filepath.Join(t.TempDir(), "rules.conf"), true
	writeRules(t, c, rules)
	return c
}

func writeRules(t testing.TB, c *config.Config, text string) {
	t.Helper()
	if err := os.WriteFile(c.Rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start opens and runs a daemon and stops it at the end of the test.
func start(t *testing.T, c *config.Config) *running {
	t.Helper()
	r := &running{t: t, cfg: c, log: new(logBuffer), done: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	var err error
	if r.Daemon, err = Open(ctx, c, metrics.Build{Version: "test"}, slog.New(slog.NewTextHandler(r.log, nil))); err != nil {
		t.Fatal(err)
	}
	go func() { r.done <- r.Run(ctx) }()
	t.Cleanup(r.end)
	if r.conn, err = net.Dial("udp", r.Addr(0).String()); err != nil {
		t.Fatal(err)
	}
	r.until("ready", r.ready.Load)
	return r
}

// end stops the daemon and waits for it. It may be called twice.
func (r *running) end() {
	r.stop()
	if r.done == nil {
		return
	}
	if err := <-r.done; err != nil {
		r.t.Errorf("Run: %v", err)
	}
	r.done = nil
	r.conn.Close()
}

// until waits for a condition, which is asked for often, and fails after a while.
func (r *running) until(what string, ok func() bool) {
	r.t.Helper()
	until(r.t, what, ok, r.log)
}

func until(t *testing.T, what string, ok func() bool, log fmt.Stringer) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain: %s\nlog:\n%s", what, log)
}

// send logs a line of sshd's.
func (r *running) send(format string, args ...any) {
	r.t.Helper()
	if _, err := fmt.Fprintf(r.conn, "<38>Nov 21 10:00:00 host sshd[7]: "+format, args...); err != nil {
		r.t.Fatal(err)
	}
}

// members returns what the ipset command prints of a set's elements, by address.
func members(t *testing.T, set string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(kerneltest.Run(t, "ipset", "save", set)) {
		f := strings.Fields(line)
		if len(f) > 2 && f[0] == "add" {
			out[f[2]] = strings.Join(f[3:], " ")
		}
	}
	return out
}

// listed waits until the set holds addr and returns its options.
func (r *running) listed(set, addr string) (options string) {
	r.t.Helper()
	r.until(addr+" in "+set, func() bool {
		var ok bool
		options, ok = members(r.t, set)[addr]
		return ok
	})
	return options
}

// gone waits until the set does not hold addr.
func (r *running) gone(set, addr string) {
	r.t.Helper()
	r.until(addr+" not in "+set, func() bool { _, ok := members(r.t, set)[addr]; return !ok })
}

// settled sends a line that bans a marker and waits for it: what was sent before
// has been dealt with then.
func (r *running) settled() {
	r.t.Helper()
	marks.Lock()
	marks.n++
	addr := fmt.Sprintf("198.18.%d.%d", marks.n/256, marks.n%256)
	marks.Unlock()
	r.send("short from %s", addr)
	r.listed(r.cfg.Sets.Blacklist, addr)
}

var marks struct {
	sync.Mutex
	n int
}

// timeoutOf reads the remaining seconds out of an element's options.
func timeoutOf(t *testing.T, options string) (seconds int) {
	t.Helper()
	if _, err := fmt.Sscanf(options, "timeout %d", &seconds); err != nil {
		t.Fatalf("no timeout in %q: %v", options, err)
	}
	return seconds
}
