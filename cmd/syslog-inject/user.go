package main

import (
	"fmt"
	"os/user"
	"strconv"
	"syscall"
)

// becomeUser gives up root for the user of that name, or number, with that
// user's groups, for good. An empty name changes nothing.
func becomeUser(name string) error {
	if name == "" {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return fmt.Errorf("become user %s: no such user", name)
		}
	}
	names, err := u.GroupIds()
	if err != nil {
		return fmt.Errorf("become user %s: %w", name, err)
	}
	groups := make([]int, len(names))
	for i := range names {
		if groups[i], err = strconv.Atoi(names[i]); err != nil {
			return fmt.Errorf("become user %s: %w", name, err)
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return fmt.Errorf("become user %s: %w", name, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return fmt.Errorf("become user %s: %w", name, err)
	}
	// Go applies each of them to all threads. The user comes last: it takes away
	// the right to the others.
	for _, step := range []func() error{
		func() error { return syscall.Setgroups(groups) },
		func() error { return syscall.Setgid(gid) },
		func() error { return syscall.Setuid(uid) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("become user %s: %w", name, err)
		}
	}
	return nil
}
