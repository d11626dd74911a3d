package firewall

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"
	"time"
)

// Config is what the rules are made of. It is only read.
type Config struct {
	// Interfaces are those whose packets pass the chain, in iptables' spelling
	// (a + at the end stands for any rest: ppp+). None means all.
	Interfaces []string
	Sets       Names
	// Prefix4 and Prefix6 are the lengths by which Bursts count sources, 1 to 32
	// and 1 to 128.
	Prefix4, Prefix6 int
	Bursts           []Burst
}

// Names are the names of the IPv4 sets, 1 to 30 bytes. The IPv6 set's name has a
// 6 behind it. Burst is needed with Bursts only; it is best a hash:ip set with
// the prefix length as its netmask, for to a hash:net set a rule adds an address
// with the longest prefix length that is in the set already, or a whole one.
type Names struct {
	Blacklist, Whitelist, Blackout, Burst string
}

// Burst bans, without a log line, who opens connections to a port too fast. A
// SYN's source can be forged, so a third party may be banned with it, for Ban;
// members of the whitelist never are.
type Burst struct {
	// Port is a TCP port, a number or a name of /etc/services.
	Port string
	// Count connections are allowed in Per (a second, minute, hour or day), after
	// a first Burst of them. Regaining Burst may take a day at most.
	Count int
	Per   time.Duration
	Burst int
	// Ban is rounded up to seconds; 2,147,483 s is the kernel's limit.
	Ban time.Duration
}

// Family is an address family.
type Family int

const (
	IPv4 Family = 4
	IPv6 Family = 6
)

var families = []Family{IPv4, IPv6}

func (f Family) String() string { return fmt.Sprintf("IPv%d", int(f)) }

// set returns the name of f's set.
func (f Family) set(name string) string {
	if f == IPv6 {
		return name + "6"
	}
	return name
}

// What the rules are written with must stand for itself in iptables-restore's
// input, where a blank, a quote or a leading hyphen would begin something else.
var (
	setName       = regexp.MustCompile(`^[A-Za-z0-9_.:][A-Za-z0-9_.:-]{0,29}$`)
	interfaceName = regexp.MustCompile(`^[A-Za-z0-9_.@][A-Za-z0-9_.@:-]{0,13}[A-Za-z0-9_.@:+-]?$`)
)

// Limits of the kernel (IPSET_MAX_TIMEOUT) and of iptables' hashlimit.
const (
	maxBan   = 2_147_483 * time.Second
	maxBurst = 1_000_000
)

// check returns the first fault that can be seen without resolving ports.
func (c *Config) check() error {
	for _, n := range c.Interfaces {
		if !interfaceName.MatchString(n) {
			return fmt.Errorf("interface %q: not a name that iptables takes: 1 to 15 letters, digits and _.@:-, with a + at most at the end", n)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(c.Interfaces)))) != len(c.Interfaces) {
		return fmt.Errorf("interfaces %q: one is named twice", c.Interfaces)
	}
	names := []string{c.Sets.Blacklist, c.Sets.Whitelist, c.Sets.Blackout}
	if len(c.Bursts) > 0 {
		names = append(names, c.Sets.Burst)
		if c.Prefix4 < 1 || c.Prefix4 > 32 || c.Prefix6 < 1 || c.Prefix6 > 128 {
			return fmt.Errorf("prefixes /%d and /%d: want 1 to 32 for IPv4 and 1 to 128 for IPv6", c.Prefix4, c.Prefix6)
		}
	}
	for _, n := range names {
		if !setName.MatchString(n) {
			return fmt.Errorf("set %q: want 1 to 30 letters, digits and _.:-, not beginning with a hyphen", n)
		}
	}
	for _, b := range c.Bursts {
		if err := b.check(); err != nil {
			return fmt.Errorf("burst on port %q: %w", b.Port, err)
		}
	}
	return nil
}

func (b *Burst) check() error {
	if !slices.ContainsFunc(units, func(u unit) bool { return u.per == b.Per }) {
		return fmt.Errorf("a rate by %v: want one by second, minute, hour or day", b.Per)
	}
	// xt_hashlimit keeps the time between two connections in microseconds and
	// iptables-save must print the rate that was asked for.
	if b.Count < 1 || b.Count > 1000 {
		return fmt.Errorf("a rate of %d: want 1 to 1000; take another unit", b.Count)
	}
	if b.Burst < 1 || b.Burst > maxBurst {
		return fmt.Errorf("a burst of %d: want 1 to %d", b.Burst, maxBurst)
	}
	// Beyond a day xt_hashlimit's credits overflow: numerical result out of range.
	if full := float64(b.Burst) * float64(b.Per) / float64(b.Count); full > float64(24*time.Hour) {
		return fmt.Errorf("a burst of %d at %d in %v: regaining it would take longer than a day, which the kernel refuses", b.Burst, b.Count, b.Per)
	}
	if b.Ban <= 0 || b.Ban > maxBan {
		return fmt.Errorf("a ban of %v: want more than 0 and %v at most", b.Ban, maxBan)
	}
	return nil
}

// port looks the port's name up in /etc/services. The network is not asked.
func (b *Burst) port() (int, error) {
	n, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", b.Port)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("burst on port %q: no TCP port of that number or name in /etc/services", b.Port)
	}
	return n, nil
}
