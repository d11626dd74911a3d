// Package namespace runs the program that calls it again in a network namespace of
// its own, where sets, rules, ports and addresses are apart from the host's. It
// never changes the namespace of the process that calls it.
package namespace

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Again starts the running program again, with its arguments and files, in a network
// namespace of its own and in what else attr asks for. The variable, NAME=VALUE, is
// added to its environment, so that it knows. It ends with the thread that started
// it: who calls locks its goroutine to the thread until the program has ended.
func Again(variable string, attr syscall.SysProcAttr) (*exec.Cmd, error) {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), variable)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	attr.Cloneflags |= syscall.CLONE_NEWNET
	attr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr = &attr
	return cmd, cmd.Start()
}

// RaiseLoopback sets lo up: it is down in a new namespace.
func RaiseLoopback() error {
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
