package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"syslog-blacklist/internal/namespace"
)

// stateVariable tells the process that it is the one inside.
const stateVariable = "BENCH_NAMESPACE"

// inNamespace runs this program again in a fresh network namespace, where sets,
// ports and limits are its own, and f in there. Where none can be had f runs here,
// and the rows that need one are left out.
func (b *bench) inNamespace(f func() error) error {
	if os.Getenv(stateVariable) != "" {
		if err := namespace.RaiseLoopback(); err != nil {
			return err
		}
		return f()
	}
	if os.Geteuid() != 0 {
		b.outside = "it needs root"
		return f()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	again, err := namespace.Again(stateVariable+"=inside", syscall.SysProcAttr{})
	if err != nil {
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
