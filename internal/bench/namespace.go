package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stateVariable tells the process that it is the one inside.
const stateVariable = "BENCH_NAMESPACE"

// inNamespace runs this program again in a fresh network namespace, where sets,
// ports and limits are its own, and f in there. Where none can be had f runs here,
// and the rows that need one are left out.
func (b *bench) inNamespace(f func() error) error {
	if os.Getenv(stateVariable) != "" {
		if err := raiseLoopback(); err != nil {
			return err
		}
		return f()
	}
	if os.Geteuid() != 0 {
		b.outside = "it needs root"
		return f()
	}
	// The parent-death signal comes when the thread that forked ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Args[0] = os.Args[0]
	again.Env = append(os.Environ(), stateVariable+"=inside")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if err := again.Start(); err != nil {
		b.outside = fmt.Sprintf("no network namespace can be had (%v)", err)
		return f()
	}
	var exit *exec.ExitError
	if err := again.Wait(); errors.As(err, &exit) {
		os.Exit(max(exit.ExitCode(), 1))
	} else {
		return err
	}
	return nil
}

// raiseLoopback sets lo up: it is down in a new namespace.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("raise lo: %w", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("raise lo: %w", err)
	}
	return nil
}
