package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/daemon"
	"syslog-blacklist/internal/doctor"
	"syslog-blacklist/internal/firewall"
	"syslog-blacklist/ipset"
	"syslog-blacklist/rules"
)

// gatherFacts looks at everything once and changes nothing. Where the
// configuration has faults, what it says by default is looked at.
func gatherFacts(ctx context.Context, p *plumbing) *doctor.Facts {
	f := &doctor.Facts{Now: time.Now()}
	cfg, err := p.load()
	if err != nil {
		f.Faults = strings.Split(err.Error(), "\n")
		cfg = config.Default()
	}
	set, faults := daemon.LoadRules(cfg)
	for _, x := range faults {
		if set == nil && x.Severity == rules.Error {
			f.Faults = append(f.Faults, x.Error())
		}
	}
	status, err := control.NewClient(cfg.Control.Socket).Status(ctx)
	if f.Ask = err; err == nil {
		f.Status = &status
	}
	f.Listen = cfg.Listen
	f.Forwards, f.ForwardsErr = doctor.LookForForwards(os.DirFS("/"), cfg.Listen)
	f.Firewall, f.FirewallErr = firewall.Check(ctx, firewallConfig(cfg))
	f.State = stateFacts(cfg.State, f.Status)
	state, err := syscall.Adjtimex(&syscall.Timex{})
	const unsynchronised = 5 // TIME_ERROR
	f.Synchronised = err == nil && state != unsynchronised
	setFacts(f, cfg)
	return f
}

func setFacts(f *doctor.Facts, cfg *config.Config) {
	kernel, err := ipset.Dial()
	if err != nil {
		f.Kernel = err
		if errors.Is(err, ipset.ErrModule) {
			f.KernelHint = "modprobe ip_set_hash_net"
		}
		return
	}
	defer kernel.Close()
	names := []string{cfg.Sets.Blacklist, cfg.Sets.Whitelist, cfg.Sets.Blackout}
	if len(cfg.Firewall.Bursts) > 0 {
		names = append(names, daemon.BurstSet)
	}
	for _, n := range names {
		for _, name := range []string{n, n + "6"} {
			h, err := kernel.Header(name)
			if err != nil && !errors.Is(err, ipset.ErrNotExist) {
				f.Kernel = err
			}
			f.Sets = append(f.Sets, doctor.Set{
				Name: name, Entries: int(h.Entries), Capacity: int(h.MaxElem), Drops: n == cfg.Sets.Blacklist,
				Used: h.References > 0, Family: map[bool]firewall.Family{false: firewall.IPv4, true: firewall.IPv6}[h.IPv6],
			})
		}
	}
}

// stateFacts looks at the directory as the daemon's user would, or as the user
// that the package makes.
func stateFacts(path string, status *control.Status) doctor.State {
	s := doctor.State{Path: path}
	if path == "" {
		return s
	}
	info, err := os.Stat(path)
	if err != nil {
		s.Missing, s.Err = errors.Is(err, fs.ErrNotExist), err
		return s
	}
	if uid, ok := daemonUser(status); ok {
		s.User = uid
		if u, err := user.LookupId(uid); err == nil {
			s.User = u.Username
		}
		owner := strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid))
		s.ReadOnly = uid != "0" && (uid != owner || info.Mode()&0o200 == 0)
	}
	var room syscall.Statfs_t
	if err := syscall.Statfs(path, &room); err != nil {
		s.Err = fmt.Errorf("look at %s: %w", path, err)
		return s
	}
	s.Free = room.Bavail * uint64(room.Bsize)
	files, err := os.ReadDir(path)
	if err != nil {
		s.Err = err
		return s
	}
	for _, x := range files {
		if info, err := x.Info(); err == nil && info.ModTime().After(s.Newest) {
			s.Newest = info.ModTime()
		}
	}
	return s
}

// daemonUser returns the UID of the daemon that runs, or of the one that would.
func daemonUser(status *control.Status) (uid string, ok bool) {
	if status != nil {
		info, err := os.Stat(filepath.Join("/proc", strconv.Itoa(status.PID)))
		if err != nil {
			return "", false
		}
		return strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid)), true
	}
	u, err := user.Lookup("syslog-blacklist")
	if err != nil {
		return "", false
	}
	return u.Uid, true
}
