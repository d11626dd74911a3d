package kerneltest_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestTheNamespaceHasOnlyALoopbackAndItIsUp(t *testing.T) {
	kerneltest.Require(t)
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range links {
		if l.Name != "lo" && l.Flags&net.FlagUp == 0 {
			continue // sit0, tunl0 and the like, made by loaded modules in every namespace
		}
		names = append(names, l.Name)
	}
	if len(names) != 1 || names[0] != "lo" || links[0].Flags&net.FlagUp == 0 {
		t.Errorf("links %v, want lo alone, up", links)
	}
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
}

func TestSeveralNamespacesCanBeMadeAndAreNotSeenOutside(t *testing.T) {
	kerneltest.Require(t, "ip", "nsenter")
	kerneltest.Run(t, "ip", "netns", "add", "kerneltest-a")
	defer kerneltest.Run(t, "ip", "netns", "delete", "kerneltest-a")
	if got := kerneltest.Run(t, "ip", "netns", "list"); strings.TrimSpace(got) != "kerneltest-a" {
		t.Errorf("ip netns list: %q, want the one just made", got)
	}
	kerneltest.Run(t, "ip", "-n", "kerneltest-a", "link", "set", "lo", "up")
	kerneltest.Run(t, "nsenter", "--net=/run/netns/kerneltest-a", "ip", "link", "show", "up", "dev", "lo")
}

func TestSetsCanBeCreatedWithoutTouchingTheHost(t *testing.T) {
	kerneltest.Require(t, "ipset")
	kerneltest.Run(t, "ipset", "create", "kerneltest", "hash:net")
	defer kerneltest.Run(t, "ipset", "destroy", "kerneltest")
	if got := kerneltest.Run(t, "ipset", "list", "-n"); strings.TrimSpace(got) != "kerneltest" {
		t.Errorf("sets %q, want the one just made", got)
	}
}

// TestChild fails in the process that TestTheExitStatusIsHandedThrough starts, and
// nowhere else.
func TestChild(t *testing.T) {
	if os.Getenv("KERNELTEST_CHILD") != "" {
		t.Error("fails, as asked")
	}
}

func TestTheExitStatusIsHandedThrough(t *testing.T) {
	kerneltest.Require(t)
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), "KERNELTEST_STATE=", "KERNELTEST_CHILD=1")
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "fails, as asked") {
		t.Errorf("error %v, output %q, want exit status 1 and the test's words", err, out)
	}
}

// fake catches what Require does to a test.
type fake struct {
	testing.TB
	did string
}

func (f *fake) Helper()               {}
func (f *fake) Skip(...any)           { f.did = "skipped" }
func (f *fake) Fatalf(string, ...any) { f.did = "failed" }

func TestAMissingToolSkipsButFailsInCI(t *testing.T) {
	for ci, want := range map[string]string{"": "skipped", "true": "failed"} {
		t.Setenv("CI", ci)
		f := &fake{TB: t}
		kerneltest.Require(f, "no-such-tool")
		if f.did != want {
			t.Errorf("CI=%q: %q, want %q", ci, f.did, want)
		}
	}
}
