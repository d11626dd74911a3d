package daemon

import (
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/ledger"
)

// now reads both clocks of the ledger.
func now() ledger.Time { return ledger.Time{Boot: bootTime(), Wall: time.Now()} }

// bootTime goes on during suspend and never steps. The timeouts of the kernel's
// sets stop during suspend; the comparison makes up for it.
func bootTime() time.Duration { return clock(unix.CLOCK_BOOTTIME) }

// monotonic is the clock that systemd wants with RELOADING=1, sd_notify(3).
func monotonic() time.Duration { return clock(unix.CLOCK_MONOTONIC) }

func clock(id int32) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		panic("daemon: clock_gettime: " + err.Error())
	}
	return time.Duration(ts.Nano())
}
