package doctor

import (
	"fmt"
	"strings"
	"time"
)

// littleRoom is what the state may want: it is written anew beside the old.
const littleRoom = 16 << 20

func (r *report) kernel(f *Facts) {
	switch {
	case f.Kernel == nil:
		r.add(Good, "kernel", "it has ipset")
	case f.KernelHint != "":
		r.add(Wrong, "kernel", f.Kernel.Error(), f.KernelHint)
	default:
		r.add(Unknown, "kernel", f.Kernel.Error(), "sudo syslog-blacklist doctor")
	}
}

// clock: bans and strikes are counted by it, and a log line with a time far from
// it counts at its own time.
func (r *report) clock(f *Facts) {
	const mend = "timedatectl set-ntp true"
	switch {
	case f.State.Newest.After(f.Now.Add(time.Minute)):
		r.add(Wrong, "clock", fmt.Sprintf("it was set back: the state was written at %s", f.State.Newest.Format(time.DateTime)), mend)
	case !f.Synchronised:
		r.add(Warning, "clock", "nobody keeps it: the kernel says that it is not synchronised", mend)
	default:
		r.add(Good, "clock", "it is synchronised")
	}
}

func (r *report) state(f *Facts) {
	s := &f.State
	switch {
	case s.Path == "":
		r.add(Warning, "state", "none is kept: a reboot forgets the bans", "remove state: from the configuration")
	case s.Missing && f.Status == nil:
		r.addf(Good, "state", "%s is not there yet: the daemon makes it", s.Path)
	case s.Missing:
		r.add(Wrong, "state", s.Path+" is gone: a reboot forgets the bans", "systemctl restart syslog-blacklist")
	case s.Err != nil:
		r.add(Unknown, "state", s.Err.Error(), "sudo syslog-blacklist doctor")
	case s.ReadOnly:
		r.add(Wrong, "state", fmt.Sprintf("%s can't be written by %s: a reboot forgets the bans", s.Path, s.User),
			fmt.Sprintf("chown -R %s: %s", s.User, s.Path))
	case s.Free < littleRoom:
		r.add(Wrong, "state", fmt.Sprintf("%s has %d KiB left", s.Path, s.Free>>10), "df -h "+s.Path)
	default:
		r.addf(Good, "state", "%s can be written", s.Path)
	}
}

func (r *report) faults(f *Facts) {
	if len(f.Faults) > 0 {
		r.add(Wrong, "configuration", strings.Join(f.Faults, "\n"), "syslog-blacklist check")
		return
	}
	r.add(Good, "configuration", "it and the rules have no faults")
}
