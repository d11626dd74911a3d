package firewall_test

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/firewall"
	"syslog-blacklist/internal/kerneltest"
)

func TestRulesComeAndGoWithTheProgramsOfThisMachine(t *testing.T) {
	kerneltest.Require(t, "iptables", "ip6tables", "ipset")
	runtime.LockOSThread() // and never unlocked: the namespace ends with the test
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"blacklist", "whitelist", "blackout"} {
		kerneltest.Run(t, "ipset", "create", set, "hash:net")
		kerneltest.Run(t, "ipset", "create", set+"6", "hash:net", "family", "inet6")
	}
	t.Setenv("PATH", "") // as of a user who became root without his sbin directories
	cfg := firewall.Config{Sets: firewall.Names{Blacklist: "blacklist", Whitelist: "whitelist", Blackout: "blackout"}}
	wantState := func(want firewall.State) {
		t.Helper()
		status, err := firewall.Check(t.Context(), cfg)
		if err != nil || len(status) != 2 || status[0].State != want || status[1].State != want {
			t.Errorf("%v, error %v, want %s", status, err, want)
		}
	}
	wantState(firewall.Absent)
	if err := firewall.Apply(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	wantState(firewall.Present)
	if err := firewall.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantState(firewall.Absent)
}

func TestOthersThanRootAreTurnedAway(t *testing.T) {
	kerneltest.Require(t)
	runtime.LockOSThread() // and never unlocked: the thread ends with the test
	const nobody = 65534
	// A raw call changes this thread alone.
	switch _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); {
	case errno == 0:
	case os.Getenv("CI") == "true":
		t.Fatal("needs root outside, since a user namespace of others has no second user: ", errno)
	default:
		t.Skip("needs root outside, since a user namespace of others has no second user: ", errno)
	}
	cfg := firewall.Config{}
	const want = "read iptables rules: not permitted: run the command as root"
	for name, run := range map[string]func() error{
		"apply":  func() error { return firewall.Apply(t.Context(), cfg) },
		"remove": func() error { return firewall.Remove(t.Context()) },
		"check":  func() error { _, err := firewall.Check(t.Context(), cfg); return err },
		"confirm": func() error {
			return firewall.ApplyConfirmed(t.Context(), cfg, 0, func() <-chan bool { return nil })
		},
	} {
		if err := run(); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}
