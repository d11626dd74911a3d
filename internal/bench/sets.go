package main

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"time"

	"syslog-blacklist/ipset"
)

const benchSet = "bench"

// fillSets compares package ipset with the ipset command, on an empty set of the
// right size each time.
func fillSets(b *bench) ([]answer, error) {
	n := b.pick(200_000, 50_000)
	c, err := ipset.Dial()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.Create(ipset.Spec{Name: benchSet, HashSize: uint32(n), MaxElem: uint32(2 * n), Comments: true, Counters: true}); err != nil {
		return nil, err
	}
	defer c.Destroy(benchSet)
	many, text := elements(n), restoreText(benchSet, n)
	add := func() (float64, error) {
		if err := c.Flush(benchSet); err != nil {
			return 0, err
		}
		start := time.Now()
		if _, err := c.Add(benchSet, many); err != nil {
			return 0, err
		}
		return cost(start, n), nil
	}
	restore, err := b.faster(add, func() (float64, error) {
		if err := c.Flush(benchSet); err != nil {
			return 0, err
		}
		return ipsetRestore(text, n)
	})
	if err != nil {
		return nil, err
	}
	const commands = 50
	single, err := b.faster(add, func() (float64, error) {
		if err := c.Flush(benchSet); err != nil {
			return 0, err
		}
		start := time.Now()
		for i := range commands {
			if out, err := exec.Command("ipset", "add", benchSet, attacker(i), "timeout", "3600", "comment", setComment).CombinedOutput(); err != nil {
				return 0, fmt.Errorf("ipset add: %w: %s", err, out)
			}
		}
		return cost(start, commands), nil
	})
	what := fmt.Sprintf("add %s elements to a set", thousands(float64(n)))
	return []answer{
		{what: what, ours: perSecond(restore.ours), than: "`ipset restore` " + perSecond(restore.theirs), duel: restore, aim: "≥ 8×"},
		{what: what, ours: perSecond(single.ours), than: "a command each " + perSecond(single.theirs), duel: single},
	}, err
}

const setComment = "sshd password"

func elements(n int) []ipset.Element {
	all := make([]ipset.Element, n)
	for i := range all {
		addr := netip.MustParseAddr(attacker(i))
		all[i] = ipset.Element{Prefix: netip.PrefixFrom(addr, addr.BitLen()), Timeout: time.Hour, Comment: setComment}
	}
	return all
}

// restoreText is what `ipset restore` reads to add the same elements.
func restoreText(set string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "add %s %s timeout 3600 comment %q\n", set, attacker(i), setComment)
	}
	return b.String()
}

func ipsetRestore(text string, n int) (float64, error) {
	cmd := exec.Command("ipset", "-exist", "restore")
	cmd.Stdin = strings.NewReader(text)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("ipset restore: %w: %s", err, out)
	}
	return cost(start, n), nil
}
