package config

import (
	"math"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// setName is the longest name of a set, less the suffix 6 and the suffix of the
// set that replaces an ancestor's (IPSET_MAXNAMELEN is 32 with the final NUL).
const setName = 26

func (d *decoder) root(n *yaml.Node) {
	c := d.config
	d.mapping(n, "the configuration", fields{
		"listen":      d.texts("listen", &c.Listen),
		"trust":       d.list("trust", d.trust),
		"trust_users": d.boolean(&c.TrustUsers),
		"tls":         d.tls,
		"rules":       d.rules,
		"sets":        d.sets,
		"state":       d.text(&c.State),
		"control":     d.control,
		"web":         d.web,
		"web_config":  d.text(&c.WebConfig),
		"prefix":      d.prefixes,
		"history":     d.duration(&c.History, 3650*24*time.Hour),
		"limits":      d.limits,
		"firewall":    d.firewall,
		"notify":      d.notify,
		"lookup":      d.lookup,
		"report":      d.report,
		"dry_run":     d.boolean(&c.DryRun),
	})
}

func (d *decoder) rules(n *yaml.Node) {
	d.text(&d.config.Rules)(n)
	d.config.RulesSet = true
}

func (d *decoder) trust(n *yaml.Node) {
	var t Trust
	ok := false
	prefix := func(n *yaml.Node) { t.Net, ok = d.prefix(n) }
	if n.Kind != yaml.MappingNode {
		prefix(n)
	} else {
		before := len(d.faults)
		d.mapping(n, "trust", fields{"net": prefix, "name": d.text(&t.Name)})
		if !ok && len(d.faults) == before {
			d.fault(n, "an entry of trust needs the key net: the sender's address or prefix")
		}
	}
	if ok {
		d.config.Trust = append(d.config.Trust, t)
	}
}

func (d *decoder) tls(n *yaml.Node) {
	t := &d.config.TLS
	d.mapping(n, "tls", fields{
		"cert":            d.text(&t.Cert),
		"key":             d.text(&t.Key),
		"client_ca":       d.text(&t.ClientCA),
		"permitted_peers": d.texts("permitted_peers", &t.PermittedPeers),
	})
	if (t.Cert == "") != (t.Key == "") {
		d.fault(n, "tls needs both cert and key")
	}
	if len(t.PermittedPeers) > 0 && t.ClientCA == "" {
		d.fault(n, "permitted_peers needs client_ca: without it no peer proves its name")
	}
}

func (d *decoder) sets(n *yaml.Node) {
	s := &d.config.Sets
	d.mapping(n, "sets", fields{
		"blacklist": d.setName(&s.Blacklist),
		"whitelist": d.setName(&s.Whitelist),
		"blackout":  d.setName(&s.Blackout),
		"size":      d.number(&s.Size, 1024, 1<<26),
		"comments":  d.boolean(&s.Comments),
	})
	if s.Blacklist == s.Whitelist || s.Blacklist == s.Blackout || s.Whitelist == s.Blackout {
		d.fault(n, "the sets must have different names")
	}
}

func (d *decoder) setName(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.text(to)(n)
		bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\,;`, r) }
		switch {
		case len(n.Value) > setName:
			d.fault(n, "set name %q is too long: %d bytes, at most %d", n.Value, len(n.Value), setName)
		case n.Value == "" || n.Value[0] == '-' || strings.ContainsFunc(n.Value, bad):
			d.fault(n, "set name %q: letters, digits, dot, dash and underscore are wanted", n.Value)
		}
	}
}

// control takes a path, or both keys.
func (d *decoder) control(n *yaml.Node) {
	c := &d.config.Control
	c.Set = true
	if n.Kind == yaml.ScalarNode {
		d.text(&c.Socket)(n)
	} else {
		d.mapping(n, "control", fields{"socket": d.text(&c.Socket), "group": d.text(&c.Group)})
	}
	// sockaddr_un holds 108 bytes with the final NUL.
	if !filepath.IsAbs(c.Socket) || len(c.Socket) > 107 {
		d.fault(n, "control socket %q: an absolute path of at most 107 bytes is wanted", c.Socket)
	}
}

// web takes host:port, or "off".
func (d *decoder) web(n *yaml.Node) {
	d.text(&d.config.Web)(n)
	if n.Value == "off" || n.Tag == "!!bool" {
		d.config.Web = ""
		return
	}
	if _, _, err := net.SplitHostPort(n.Value); err != nil {
		d.fault(n, "an address such as 127.0.0.1:9514, or off, is wanted here, not %q", n.Value)
	}
}

func (d *decoder) prefixes(n *yaml.Node) {
	p := &d.config.Prefix
	d.mapping(n, "prefix", fields{
		"ipv4": d.number(&p.IPv4, 16, 32),
		"ipv6": d.number(&p.IPv6, 32, 128),
	})
}

func (d *decoder) limits(n *yaml.Node) {
	l := &d.config.Limits
	d.mapping(n, "limits", fields{
		"bans_per_second": d.number(&l.BansPerSecond, 0, math.MaxInt32),
		"burst":           d.number(&l.Burst, 1, math.MaxInt32),
		"tracked":         d.number(&l.Tracked, 1000, 1<<26),
		"connections":     d.number(&l.Connections, 1, 1<<16),
		"line":            d.size(&l.Line, 1024, 1<<20),
		"idle":            d.duration(&l.Idle, 24*time.Hour),
	})
}

func (d *decoder) firewall(n *yaml.Node) {
	f := &d.config.Firewall
	d.mapping(n, "firewall", fields{
		"interfaces": d.texts("interfaces", &f.Interfaces),
		"bursts":     d.list("bursts", d.burst),
	})
	for _, name := range f.Interfaces {
		if name == "" || len(name) > 15 || strings.ContainsAny(name, "/ \t\n\"'\\") || name[0] == '-' {
			d.fault(n, "interface name %q: 1 to 15 characters without blanks, quotes and slashes are wanted", name)
		}
	}
}

// lookup takes absolute paths: the daemon and the one who checks the file may
// stand in different directories.
func (d *decoder) lookup(n *yaml.Node) {
	l := &d.config.Lookup
	d.mapping(n, "lookup", fields{
		"names": d.boolean(&l.Names),
		"databases": d.list("databases", func(n *yaml.Node) {
			var path string
			d.absolute(&path)(n)
			if slices.Contains(l.Databases, path) {
				d.fault(n, "database %s stands twice", path)
			}
			l.Databases = append(l.Databases, path)
		}),
		"rdap": d.absolute(&l.RDAP),
	})
}

func (d *decoder) absolute(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if d.text(to)(n); n.Kind == yaml.ScalarNode && !filepath.IsAbs(n.Value) {
			d.fault(n, "an absolute path is wanted here, not %q", n.Value)
		}
	}
}

func (d *decoder) burst(n *yaml.Node) {
	var b Burst
	before := len(d.faults)
	d.mapping(n, "bursts", fields{
		"port":  d.port(&b.Port),
		"rate":  d.rate(&b),
		"burst": d.number(&b.Burst, 1, 10000),
		"ban":   d.duration(&b.Ban, 2_147_483*time.Second),
	})
	if len(d.faults) == before && (b.Port == "" || b.Count == 0 || b.Burst == 0 || b.Ban == 0) {
		d.fault(n, "an entry of bursts needs port, rate, burst and ban")
		return
	}
	d.config.Firewall.Bursts = append(d.config.Firewall.Bursts, b)
}

func (d *decoder) port(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*to = n.Value
		if _, err := net.LookupPort("tcp", n.Value); err != nil {
			d.fault(n, "port %q is neither a number from 1 to 65535 nor a service of TCP", n.Value)
		}
	}
}

// rate reads COUNT/UNIT as iptables writes it: 6/minute.
func (d *decoder) rate(to *Burst) func(*yaml.Node) {
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return func(n *yaml.Node) {
		count, unit, _ := strings.Cut(n.Value, "/")
		c, err := strconv.Atoi(count)
		if err != nil || c < 1 || c > 1000 || units[unit] == 0 {
			d.fault(n, "a rate such as 6/minute (second, minute, hour, day) is wanted here, not %q", n.Value)
			return
		}
		to.Count, to.Per = c, units[unit]
	}
}
