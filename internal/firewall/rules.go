package firewall

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Chain is the name of the chain in the table raw.
const Chain = "SYSLOG-BLACKLIST"

// sourcesTracked bounds each burst rule's table in the kernel, some 128 bytes a
// source. While it is full, connections of sources not in it are dropped, and
// the default of 65,536 is soon filled with forged SYNs.
const sourcesTracked = 1 << 18

// Rules returns the rules of one family as input of iptables-restore --noflush
// (ip6tables-restore for IPv6), as Apply feeds it where no chain of ours stands.
// The error names what is wrong in cfg.
func Rules(cfg Config, f Family) (string, error) {
	want, err := wanted(&cfg, f)
	if err != nil {
		return "", err
	}
	return transition(ours{}, want), nil
}

// wanted returns the rules that cfg asks for, word for word as iptables-save
// will print them, for that is what they are compared with.
func wanted(cfg *Config, f Family) (ours, error) {
	err := cfg.check()
	var rules []string
	if err == nil {
		rules, err = chain(cfg, f)
	}
	if err != nil {
		return ours{}, fmt.Errorf("make firewall rules: %w", err)
	}
	want := ours{chain: rules, exists: true}
	for i, n := range cfg.Interfaces {
		want.jumps = append(want.jumps, jump{i + 1, "-i " + n + " -j " + Chain})
	}
	if len(cfg.Interfaces) == 0 {
		want.jumps = []jump{{1, "-j " + Chain}}
	}
	return want, nil
}

// chain returns the rules of the chain, without "-A SYSLOG-BLACKLIST". The first
// that matches decides. RETURN, not ACCEPT: who is let through here still passes
// the rules of others behind the jump.
func chain(cfg *Config, f Family) ([]string, error) {
	rules := []string{"-i lo -j RETURN"}
	if f == IPv6 {
		// Without neighbour discovery (RFC 4861) the link is dead. Types 133 to 137;
		// a hop limit of 255 proves that the packet passed no router.
		for kind := 133; kind <= 137; kind++ {
			rules = append(rules, fmt.Sprintf("-p ipv6-icmp -m icmp6 --icmpv6-type %d -m hl --hl-eq 255 -j RETURN", kind))
		}
	}
	member := func(name, target string) string {
		return fmt.Sprintf("-m set --match-set %s src -j %s", f.set(name), target)
	}
	rules = append(rules,
		member(cfg.Sets.Whitelist, "RETURN"),
		member(cfg.Sets.Blackout, "DROP"),
		member(cfg.Sets.Blacklist, "DROP"))
	if len(cfg.Bursts) == 0 {
		return rules, nil
	}
	// Members are dropped before they are counted, so that trying on during the
	// ban does not bring the next one; and after, for the one just added.
	rules = append(rules, member(cfg.Sets.Burst, "DROP"))
	for _, b := range cfg.Bursts {
		port, err := b.port()
		if err != nil {
			return nil, err
		}
		rule := b.rule(cfg, f, port)
		if slices.Contains(rules, rule) {
			return nil, fmt.Errorf("burst on port %q: listed twice, which would count every connection twice", b.Port)
		}
		rules = append(rules, rule)
	}
	return append(rules, member(cfg.Sets.Burst, "DROP")), nil
}

// rule counts new connections by source. SET without --exist leaves the timeout
// of who is in the set already alone.
func (b *Burst) rule(cfg *Config, f Family, port int) string {
	prefix, whole := cfg.Prefix4, 32
	if f == IPv6 {
		prefix, whole = cfg.Prefix6, 128
	}
	rate := b.rate()
	var mask string
	if prefix != whole {
		mask = fmt.Sprintf(" --hashlimit-srcmask %d", prefix)
	}
	// The kernel finds a table of counters by its name and keeps the parameters it
	// was made with: they are in the name, so that other parameters are another table.
	ban := (b.Ban + time.Second - 1) / time.Second
	name := fmt.Sprintf("burst-%d-%s-%d-%d-%d", port, strings.Replace(rate, "/", "", 1), b.Burst, prefix, ban)
	return fmt.Sprintf("-p tcp -m tcp --dport %d --tcp-flags FIN,SYN,RST,ACK SYN "+
		"-m hashlimit --hashlimit-above %s --hashlimit-burst %d --hashlimit-mode srcip --hashlimit-name %s --hashlimit-htable-max %d%s "+
		"-j SET --add-set %s src --timeout %d",
		port, rate, b.Burst, name, sourcesTracked, mask, f.set(cfg.Sets.Burst), ban)
}

// unit is one that xt_hashlimit counts by. shorter of the next make one of it.
type unit struct {
	name    string
	per     time.Duration
	shorter int
}

var units = []unit{
	{"day", 24 * time.Hour, 24},
	{"hour", time.Hour, 60},
	{"min", time.Minute, 60},
	{"sec", time.Second, 0},
}

// rate writes the rate in the shortest unit in which it is a whole number, as
// iptables-save does: 60/min is 1/sec.
func (b *Burst) rate() string {
	count := b.Count
	for _, u := range units {
		if u.per > b.Per {
			continue
		}
		if u.shorter == 0 || count%u.shorter != 0 {
			return fmt.Sprintf("%d/%s", count, u.name)
		}
		count /= u.shorter
	}
	panic("firewall: burst was not checked: no unit")
}
