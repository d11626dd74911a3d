package inject_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/inject"
	"syslog-blacklist/internal/syslog"
)

// sender is a Sender that runs, and the pipe into it.
type sender struct {
	in     *os.File
	cancel context.CancelFunc
	totals chan inject.Totals
	log    lockedBuffer
}

func start(t *testing.T, config inject.Config) *sender {
	t.Helper()
	s := &sender{totals: make(chan inject.Totals, 1)}
	config.Log = slog.New(slog.NewTextHandler(&s.log, nil))
	if config.Tag == "" {
		config.Tag = "apache"
	}
	config.Priority = 34
	run, err := inject.New(config)
	if err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.in, s.cancel = in, cancel
	t.Cleanup(func() { cancel(); in.Close() })
	go func() {
		defer out.Close()
		totals, err := run.Run(ctx, out)
		if err != nil {
			t.Error(err)
		}
		s.totals <- totals
	}()
	return s
}

// write writes lines that hold the numbers from first to last.
func (s *sender) write(t *testing.T, first, last int) {
	t.Helper()
	var b bytes.Buffer
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	if _, err := s.in.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// end closes the input and waits.
func (s *sender) end() inject.Totals {
	s.in.Close()
	return <-s.totals
}

type lockedBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// awaitLog waits until the sender has logged text.
func (s *sender) awaitLog(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(s.log.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not in the log:\n%s", text, s.log.String())
		}
	}
}

// expect takes the lines with the numbers from first to last, and nothing else.
func expect(t *testing.T, r *receiver, first, last int) {
	t.Helper()
	for i := first; i <= last; i++ {
		if got, want := r.next(t), fmt.Sprintf("apache: line %d", i); got != want {
			t.Fatalf("received %q, want %q", got, want)
		}
	}
}

func TestEveryLineArrivesOverEveryTransport(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := listen(t, network)
			s := start(t, inject.Config{To: r.url})
			s.write(t, 1, 500)
			expect(t, r, 1, 500)
			s.in.WriteString("partial")
			if got, want := s.end(), (inject.Totals{Read: 501}); got != want {
				t.Errorf("totals %+v, want %+v", got, want)
			}
			if got := r.next(t); got != "apache: partial" {
				t.Errorf("received %q", got)
			}
		})
	}
}

func TestAReceiverThatIsAwayGetsTheLinesWhenItComes(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := listen(t, network)
			r.close()
			s := start(t, inject.Config{To: r.url})
			s.write(t, 1, 100)
			s.awaitLog(t, "link fails")
			r.listen(t)
			expect(t, r, 1, 100)
			for first := 101; first < 400; first += 100 {
				r.close()
				s.write(t, first, first+99)
				r.listen(t)
				expect(t, r, first, first+99)
			}
			if got, want := s.end(), (inject.Totals{Read: 400}); got != want {
				t.Errorf("totals %+v, want %+v", got, want)
			}
		})
	}
}

func TestAtTheEndOfItsContextASenderDrainsItsInput(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := listen(t, network)
			s := start(t, inject.Config{To: r.url})
			s.write(t, 1, 1)
			expect(t, r, 1, 1)
			s.write(t, 2, 1000) // fits the pipe
			s.cancel()          // and the pipe stays open
			expect(t, r, 2, 1000)
			if got, want := <-s.totals, (inject.Totals{Read: 1000}); got != want {
				t.Errorf("totals %+v, want %+v", got, want)
			}
		})
	}
}

func TestOddLines(t *testing.T) {
	long := strings.Repeat("x", inject.MaxLine)
	input := "\n" + "windows\r\n" + "nul\x00 and escape \x1b[0m\n" + "caf\xe9 \xff\n" + long + "\n" + long + "192.0.2.1\n" + "last"
	want := []string{"apache: ", "apache: windows", "apache: nul  and escape  [0m", "apache: caf\xe9 \xff",
		"apache: " + long, "apache: " + long + " [cut]", "apache: last"}
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := listen(t, network)
			path := filepath.Join(t.TempDir(), "copy")
			s := start(t, inject.Config{To: r.url, Copy: path})
			if _, err := s.in.WriteString(input); err != nil {
				t.Fatal(err)
			}
			if got, want := s.end(), (inject.Totals{Read: 7, Cut: 1}); got != want {
				t.Errorf("totals %+v, want %+v", got, want)
			}
			var got []string
			for range want {
				got = append(got, r.next(t))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%.2000s", diff)
			}
			copied, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(input, "192.0.2.1", " [cut]", 1)+"\n", string(copied)); diff != "" {
				t.Errorf("copy (-want +got)\n%.2000s", diff)
			}
		})
	}
}

func TestTheHeaderSaysWhatWasAskedFor(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := listen(t, network)
			s := start(t, inject.Config{To: r.url, Tag: "httpd", Host: "www.example.org"})
			s.in.WriteString("text\n")
			var m syslog.Message
			syslog.Parse(&m, r.nextRaw(t))
			if string(m.Line) != "httpd: text" || string(m.Host) != "www.example.org" || m.Priority != 34 || len(m.Stamp) == 0 {
				t.Errorf("line %q, host %q, priority %d, stamp %q", m.Line, m.Host, m.Priority, m.Stamp)
			}
			s.end()
		})
	}
}

func TestAServerThatRefusesTheClientsCertificateLosesNoLine(t *testing.T) {
	r := listen(t, "tls")
	without, _, _ := strings.Cut(r.url, "&cert=")
	s := start(t, inject.Config{To: without})
	s.write(t, 1, 100)
	s.awaitLog(t, "certificate")
	if got, want := s.end(), (inject.Totals{Read: 100, Lost: 100}); got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
}

func TestWhatIsWrongWithAConfigurationIsSaid(t *testing.T) {
	tests := []struct{ name, to, tag, want string }{
		{"no port", "udp://192.0.2.1", "t", `url "udp://192.0.2.1": want udp://HOST:PORT`},
		{"no host", "tcp://:514", "t", `url "tcp://:514": want tcp://HOST:PORT`},
		{"a path", "tcp://192.0.2.1:514/x", "t", `url "tcp://192.0.2.1:514/x": want tcp://HOST:PORT`},
		{"a relative path", "unix://dev/log", "t", `url "unix://dev/log": want unix:///PATH of a datagram socket`},
		{"no scheme", "192.0.2.1", "t", `url "192.0.2.1": unknown scheme; want udp, tcp, tls or unix`},
		{"another scheme", "http://192.0.2.1:80", "t", `url "http://192.0.2.1:80": unknown scheme; want udp, tcp, tls or unix`},
		{"a parameter of another", "tcp://192.0.2.1:514?ca=x", "t", `url "tcp://192.0.2.1:514?ca=x": unknown parameter "ca"; tls takes ca, cert and key, the others take none`},
		{"half a pair", "tls://192.0.2.1:514?cert=x", "t", `url "tls://192.0.2.1:514?cert=x": cert and key go together`},
		{"no such file", "tls://192.0.2.1:514?ca=/nonexistent", "t", `url "tls://192.0.2.1:514?ca=/nonexistent": open /nonexistent: no such file or directory`},
		{"no certificate in it", "tls://192.0.2.1:514?ca=/dev/null", "t", `url "tls://192.0.2.1:514?ca=/dev/null": /dev/null holds no certificate`},
		{"no tag", "udp://192.0.2.1:514", "", `tag "": want 1 to 48 visible ASCII characters without : [ ]`},
		{"a tag of two words", "udp://192.0.2.1:514", "a b", `tag "a b": want 1 to 48 visible ASCII characters without : [ ]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := inject.New(inject.Config{To: test.to, Tag: test.tag})
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}
