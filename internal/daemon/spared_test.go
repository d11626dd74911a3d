package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/kerneltest"
)

func TestWhoeverTheHostCannotLiveWithoutIsSpared(t *testing.T) {
	c := configuration(t, "never 192.0.2.128/25 2001:db8:5::7\n"+testRules)
	kerneltest.Run(t, "ip", "link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
	t.Cleanup(func() { kerneltest.Run(t, "ip", "link", "del", "spare0") })
	kerneltest.Run(t, "ip", "addr", "add", "198.51.100.2/24", "dev", "spare0")
	kerneltest.Run(t, "ip", "addr", "add", "2001:db8:9::2/64", "dev", "spare0", "nodad")
	kerneltest.Run(t, "ip", "link", "set", "spare0", "up")
	kerneltest.Run(t, "ip", "link", "set", "spare1", "up")
	kerneltest.Run(t, "ip", "route", "add", "default", "via", "198.51.100.1")
	c.Trust = append(c.Trust, trusted("127.0.0.0/8"), trusted("198.51.100.77/32"))
	r := start(t, c)

	for addr, reason := range map[string]string{
		"127.0.0.1": "loopback", "198.51.100.2": "own", "198.51.100.1": "gateway", "192.0.2.200": "never",
		"2001:db8:5::7": "never", "198.51.100.77": "sender", "169.254.3.4": "link-local", "0.0.0.0": "unspecified",
	} {
		r.send("long from %s", addr)
		r.until(addr+" counted as "+reason, func() bool {
			for _, e := range r.snapshot().Entries {
				if e.Spared[reason] > 0 {
					return true
				}
			}
			return false
		})
	}
	// The offender shares its /64 with the host: it alone is banned.
	r.send("long from 2001:db8:9::66")
	r.listed("blacklist6", "2001:db8:9::66")
	r.settled()
	for addr := range members(t, "blacklist") {
		if !strings.HasPrefix(addr, "198.18.") {
			t.Errorf("%s is in the blacklist", addr)
		}
	}
	for _, addr := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.77", "192.0.2.128/25"} {
		if options := r.listed("whitelist", addr); !strings.HasPrefix(options, "timeout 0 ") {
			t.Errorf("%s stands in the whitelist with %q, want no end", addr, options)
		}
	}
	r.listed("whitelist6", "2001:db8:5::7")
}

func TestTheSparedAreFollowedAsTheyChange(t *testing.T) {
	r := start(t, configuration(t, testRules))
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")

	kerneltest.Run(t, "ip", "addr", "add", "203.0.113.9/32", "dev", "lo") // it becomes the host's own
	r.gone("blacklist", "203.0.113.9")
	r.listed("whitelist", "203.0.113.9")
	if !strings.Contains(r.log.String(), "blacklist of 203.0.113.9 ended for long") {
		t.Errorf("the log does not tell of the end:\n%s", r.log)
	}

	kerneltest.Run(t, "ip", "addr", "del", "203.0.113.9/32", "dev", "lo")
	r.gone("whitelist", "203.0.113.9")
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
}

func TestAPrefixDoesNotSwallowTheSpared(t *testing.T) {
	c := configuration(t, "never 203.0.113.1\n"+testRules)
	c.Prefix.IPv4 = 24
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.send("long from 198.51.100.9")
	r.listed("blacklist", "203.0.113.9")
	r.listed("blacklist", "198.51.100.0/24")
}

func TestNameserversAreReadFromResolvConf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	text := "# comment\nnameserver 192.0.2.53\nnameserver 2001:db8::53\nnameserver nonsense\nsearch example.org\nnameserver\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53")}
	if got := nameservers(path); !slices.Equal(got, want) {
		t.Errorf("nameservers = %v, want %v", got, want)
	}
	if got := nameservers(path + ".none"); got != nil {
		t.Errorf("a missing file names %v", got)
	}
}

func TestANameKeepsItsLastGoodAnswerOnDiskToo(t *testing.T) {
	state := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	answer, failure := []netip.Addr{one}, error(nil)
	lookup := func(context.Context, string, string) ([]netip.Addr, error) { return answer, failure }

	n := newNames(state, log)
	n.lookup = lookup
	n.Want(t.Context(), []string{"office.example.org"})
	answer = []netip.Addr{two}
	if !n.resolve(t.Context()) {
		t.Error("a new answer is no change")
	}
	if n.resolve(t.Context()) {
		t.Error("the same answer is a change")
	}
	answer, failure = nil, errors.New("no such host")
	if n.resolve(t.Context()) {
		t.Error("a failure is a change")
	}
	again := newNames(state, log) // after a restart, with the resolver away
	again.lookup = lookup
	again.Want(t.Context(), []string{"office.example.org"})
	for when, n := range map[string]*names{"before": n, "after": again} {
		if diff := cmp.Diff([]netip.Addr{two}, n.Addrs("office.example.org"), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s the restart: -want +got:\n%s", when, diff)
		}
	}
}
