package firewall

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

var backendNames = []string{"nft", "legacy"}

// onBothBackends runs test on a host whose iptables is of one backend and then
// of the other, each in a network namespace of its own with the sets in it.
func onBothBackends(t *testing.T, test func(t *testing.T, h host, backend string)) {
	for _, name := range backendNames {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, name)
			createSets(t)
			test(t, h, name)
		})
	}
}

// newHost moves the test to a network namespace of its own, where no set exists,
// and returns a host on which plain iptables runs the named backend.
func newHost(t *testing.T, backend string) host {
	t.Helper()
	newNamespace(t)
	return host{path: append([]string{plainPrograms(t, backend)}, filepath.SplitList(os.Getenv("PATH"))...), inet6: "/proc/net/if_inet6"}
}

// newNamespace gives the test's thread, and the programs started from it, a
// network namespace. The thread is never unlocked: it ends with the test.
func newNamespace(t *testing.T) {
	t.Helper()
	kerneltest.Require(t, "ip", "ipset", "iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy")
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	kerneltest.Run(t, "ip", "link", "set", "lo", "up")
}

// plainPrograms returns a directory with iptables and ip6tables of one backend
// under their plain names, as the distributions' alternatives make them.
func plainPrograms(t *testing.T, backend string) string {
	t.Helper()
	dir := t.TempDir()
	for _, base := range []string{"iptables", "ip6tables"} {
		for _, suffix := range []string{"", "-save", "-restore"} {
			target, err := exec.LookPath(base + "-" + backend + suffix)
			if err != nil {
				t.Fatal(err)
			}
			link(t, target, filepath.Join(dir, base+suffix))
		}
	}
	return dir
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func createSets(t *testing.T) {
	t.Helper()
	createSetsOf(t, IPv4)
	createSetsOf(t, IPv6)
}

func createSetsOf(t *testing.T, f Family) {
	t.Helper()
	family, netmask := "inet", "32"
	if f == IPv6 {
		family, netmask = "inet6", "64"
	}
	for _, name := range []string{"blacklist", "whitelist", "blackout"} {
		kerneltest.Run(t, "ipset", "create", f.set(name), "hash:net", "family", family, "timeout", "0", "counters")
	}
	// hash:ip with a netmask, since a rule that adds to hash:net adds whole addresses.
	kerneltest.Run(t, "ipset", "create", f.set("burst"), "hash:ip", "family", family, "netmask", netmask, "timeout", "0")
}

// config is what the tests apply when nothing else is asked.
func config() Config {
	return Config{
		Sets:    Names{Blacklist: "blacklist", Whitelist: "whitelist", Blackout: "blackout", Burst: "burst"},
		Prefix4: 32, Prefix6: 64,
		Bursts: []Burst{{Port: "pop3", Count: 6, Per: time.Minute, Burst: 8, Ban: 10 * time.Minute}},
	}
}

// othersRules are rules that are not ours, around ours and in other tables.
const othersRules = `*raw
:OTHERS - [0:0]
-A PREROUTING -s %[1]s -j OTHERS
-A PREROUTING -m comment --comment "not a jump -j SYSLOG-BLACKLIST" -j ACCEPT
-A OTHERS -p udp -m udp --dport 53 -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s %[1]s -j DROP
COMMIT
`

// restore loads rules of others into one family of a backend.
func restore(t *testing.T, f Family, backend, rules string) {
	t.Helper()
	address := map[Family]string{IPv4: "198.51.100.7", IPv6: "2001:db8:7::7"}[f]
	cmd := exec.Command(programName(f, backend, "restore"), "--noflush", "--wait=10")
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(rules, "%[1]s", address))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func programName(f Family, backend, what string) string {
	if f == IPv6 {
		return "ip6tables-" + backend + "-" + what
	}
	return "iptables-" + backend + "-" + what
}

var changing = regexp.MustCompile(`(?m)^#.*\n| \[\d+:\d+\]`)

// saved returns all rules of both families in both backends, without counters
// and dates.
func saved(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, f := range families {
		for _, name := range backendNames {
			program := programName(f, name, "save")
			b.WriteString("== " + program + "\n")
			b.WriteString(changing.ReplaceAllString(kerneltest.Run(t, program), ""))
		}
	}
	return b.String()
}
