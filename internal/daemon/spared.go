package daemon

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/spare"
	"syslog-blacklist/rules"
)

// resolvConfs are read for nameservers. Behind systemd-resolved the first names
// only the local stub, the second the servers that it asks.
var resolvConfs = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// sparedInterval is how often what announces no change is read again:
// resolv.conf, and the answers for names.
const sparedInterval = 30 * time.Second

// follower keeps the list of the spared equal to what the host and the
// configuration say now.
type follower struct {
	list    *spare.List
	log     *slog.Logger
	trust   []netip.Prefix
	senders func() []netip.Addr // who is connected now
	names   *names
	lists   *lists
	never   atomic.Pointer[[]rules.Never]
	// changed is called after the list became another one.
	changed func()
	kick    chan struct{}
	last    []spare.Entry
}

// Kick asks for a rebuild soon. It never blocks.
func (f *follower) Kick() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// Run rebuilds the list whenever an address or a route changes, a sender comes
// or goes, and at intervals.
func (f *follower) Run(ctx context.Context) error {
	addrs := make(chan netlink.AddrUpdate, 64)
	routes := make(chan netlink.RouteUpdate, 64)
	f.subscribe(ctx, addrs, routes)
	tick := time.NewTicker(sparedInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, ok := <-addrs:
			if !ok { // the subscription failed: the ticker still follows
				addrs = nil
			}
		case _, ok := <-routes:
			if !ok {
				routes = nil
			}
		case <-f.kick:
		case <-tick.C:
		}
		f.rebuild()
	}
}

func (f *follower) subscribe(ctx context.Context, addrs chan netlink.AddrUpdate, routes chan netlink.RouteUpdate) {
	failed := func(err error) {
		if ctx.Err() == nil {
			f.log.Warn("following address changes failed; they are read every "+sparedInterval.String()+" instead", "err", err)
		}
	}
	if err := netlink.AddrSubscribeWithOptions(addrs, ctx.Done(), netlink.AddrSubscribeOptions{ErrorCallback: failed}); err != nil {
		failed(err)
	}
	if err := netlink.RouteSubscribeWithOptions(routes, ctx.Done(), netlink.RouteSubscribeOptions{ErrorCallback: failed}); err != nil {
		failed(err)
	}
}

// rebuild reads everything anew and swaps the list if it differs.
func (f *follower) rebuild() {
	entries := f.gather()
	if slices.Equal(entries, f.last) {
		return
	}
	f.last = entries
	f.list.Replace(entries)
	f.changed()
}

// gather lists the spared, the weaker reasons first: for one prefix, the reason
// inserted last is the one told, and never is the administrator's own word.
func (f *follower) gather() []spare.Entry {
	var out []spare.Entry
	add := func(reason spare.Reason, addrs ...netip.Addr) {
		for _, a := range addrs {
			a = a.Unmap().WithZone("")
			if a.IsLoopback() || a.IsLinkLocalUnicast() { // spared anyway, and by a better name
				continue
			}
			out = append(out, spare.Entry{Prefix: netip.PrefixFrom(a, a.BitLen()), Reason: reason})
		}
	}
	for _, p := range f.trust {
		if p.IsSingleIP() {
			add(spare.Sender, p.Addr())
		}
	}
	add(spare.Sender, f.senders()...)
	for _, path := range resolvConfs {
		add(spare.Nameserver, nameservers(path)...)
	}
	add(spare.Gateway, gateways(f.log)...)
	add(spare.Own, ownAddresses(f.log)...)
	for _, n := range *f.never.Load() {
		if n.Name == "" {
			out = append(out, spare.Entry{Prefix: n.Prefix, Reason: spare.NeverRule})
		} else {
			add(spare.NeverRule, f.names.Addrs(n.Name)...)
		}
	}
	for _, p := range f.lists.Never() {
		out = append(out, spare.Entry{Prefix: p, Reason: spare.NeverRule})
	}
	slices.SortStableFunc(out, func(a, b spare.Entry) int { return a.Prefix.Addr().Compare(b.Prefix.Addr()) })
	return out
}

func ownAddresses(log *slog.Logger) []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		log.Error("read own addresses failed; bans of this host's own addresses cannot be refused", "err", err)
	}
	var out []netip.Addr
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr())
		}
	}
	return out
}

func gateways(log *slog.Logger) []netip.Addr {
	var out []netip.Addr
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		routes, err := netlink.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
		if err != nil {
			log.Error("read routes failed; a ban of the default gateway cannot be refused", "err", err)
		}
		for _, r := range routes {
			if r.Dst != nil && !r.Dst.IP.IsUnspecified() {
				continue
			}
			hops := []net.IP{r.Gw}
			for _, hop := range r.MultiPath {
				hops = append(hops, hop.Gw)
			}
			for _, ip := range hops {
				if a, ok := netip.AddrFromSlice(ip); ok {
					out = append(out, a.Unmap())
				}
			}
		}
	}
	return out
}

// nameservers reads resolv.conf(5). A file that is not there names nobody.
func nameservers(path string) []netip.Addr {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			out = append(out, a)
		}
	}
	return out
}
