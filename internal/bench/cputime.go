package main

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// onThread returns the CPU time, in nanoseconds, that the calling thread needs in f
// for each of n units.
func onThread(n int, f func()) (float64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := cpuTime(unix.CLOCK_THREAD_CPUTIME_ID)
	if err != nil {
		return 0, err
	}
	f()
	after, err := cpuTime(unix.CLOCK_THREAD_CPUTIME_ID)
	return float64(after-before) / float64(n), err
}

// processClock is the CPU clock of another process, all of its threads together
// (linux/posix-timers.h: the inverted number, and 2 for the scheduler's own count).
func processClock(pid int) int32 { return int32(^pid<<3 | 2) }

func cpuTime(clock int32) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("read CPU clock: %w", err)
	}
	return time.Duration(t.Nano()), nil
}
