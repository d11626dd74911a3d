package kerneltest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/namespace"
)

// stateVariable tells the processes of one test run where they are. It is an
// environment variable, because fuzzing workers and helper processes of a test
// are this binary again and must not enter a second namespace. Any other value
// than these two is the reason why there is no namespace.
const (
	stateVariable = "KERNELTEST_STATE"
	stateEnter    = "enter"  // cloned into the namespaces, not yet prepared
	stateInside   = "inside" // prepared
)

// Main is what TestMain calls. It runs the test binary again, with the same
// arguments, inside fresh network and mount namespaces (and a user namespace
// in which the caller is root, unless it is root already), and exits with that
// run's status. Inside, lo is up, /run is empty and private (so `ip netns add`
// and xtables' lock work and stay apart from the host's), and the sbin
// directories are on the PATH.
//
// Where no namespace can be had the tests run outside, and Require skips.
func Main(m *testing.M) {
	switch os.Getenv(stateVariable) {
	case "":
		if status, err := reenter(); err == nil {
			os.Exit(status)
		} else {
			os.Setenv(stateVariable, fmt.Sprintf("no network namespace: %v", err))
		}
	case stateEnter:
		if err := prepare(); err != nil {
			os.Setenv(stateVariable, fmt.Sprintf("no network namespace: %v", err))
		} else {
			os.Setenv(stateVariable, stateInside)
		}
	}
	os.Exit(m.Run())
}

// reenter runs this binary in namespaces of its own and returns its exit status.
// The error says why that could not even be started.
func reenter() (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd, err := start(os.Geteuid() != 0)
	if err != nil && os.Geteuid() == 0 {
		// Root of a container without CAP_SYS_ADMIN is an ordinary user here.
		cmd, err = start(true)
	}
	if err != nil {
		return 0, err
	}

	// `go test` ends a run that takes too long with SIGQUIT, for the stacks.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	err = cmd.Wait()
	signal.Stop(signals)
	close(signals)

	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() < 0 {
		fmt.Fprintln(os.Stderr, "kerneltest: the test process ended:", exit)
		return 1, nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

func start(userNamespace bool) (*exec.Cmd, error) {
	attr := syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if userNamespace {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return namespace.Again(stateVariable+"="+stateEnter, attr)
}

// prepare makes the new namespaces usable.
func prepare() error {
	// Without this, mounts would propagate to the host's mount namespace.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	if err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin"); err != nil {
		return err
	}
	return namespace.RaiseLoopback()
}
