package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"syslog-blacklist/rules"
)

// decoder walks the YAML tree by hand, because the position of every fault is
// wanted, and all of them at once.
type decoder struct {
	file   string
	config *Config
	faults []error
}

func (d *decoder) fault(n *yaml.Node, format string, args ...any) {
	d.faults = append(d.faults, Fault{d.file, n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// fields maps a mapping's keys to what reads their values.
type fields map[string]func(*yaml.Node)

func (d *decoder) mapping(n *yaml.Node, what string, f fields) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fault(n, "%s must be a mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := f[key.Value]
		switch {
		case !ok:
			d.fault(key, "unknown key %q in %s; known are %s", key.Value, what, strings.Join(known(f), ", "))
		case seen[key.Value]:
			d.fault(key, "key %q stands twice in %s", key.Value, what)
		default:
			read(value)
		}
		seen[key.Value] = true
	}
}

func known(f fields) []string {
	var keys []string
	for k := range f {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (d *decoder) list(what string, each func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			d.fault(n, "%s must be a list", what)
			return
		}
		for _, item := range n.Content {
			each(item)
		}
	}
}

func (d *decoder) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			d.fault(n, "a text is wanted here")
			return
		}
		*to = n.Value
	}
}

func (d *decoder) texts(what string, to *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*to = nil
		d.list(what, func(n *yaml.Node) {
			var s string
			d.text(&s)(n)
			*to = append(*to, s)
		})(n)
	}
}

func (d *decoder) boolean(to *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(to) != nil {
			d.fault(n, "true or false is wanted here, not %q", n.Value)
		}
	}
}

func (d *decoder) number(to *int, low, high int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < low || v > high {
			d.fault(n, "a number from %d to %d is wanted here, not %q", low, high, n.Value)
			return
		}
		*to = v
	}
}

func (d *decoder) duration(to *time.Duration, high time.Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := rules.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v > high {
			d.fault(n, "a duration such as 10m, at most %s, is wanted here, not %q", high, n.Value)
			return
		}
		*to = v
	}
}

// size reads bytes: 65536, 64KiB or 1MiB.
func (d *decoder) size(to *int, low, high int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		digits, unit := n.Value, 1
		for suffix, u := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
			if s, ok := strings.CutSuffix(n.Value, suffix); ok {
				digits, unit = strings.TrimSpace(s), u
			}
		}
		v, err := strconv.Atoi(digits)
		if n.Kind != yaml.ScalarNode || err != nil || v > high/unit || v*unit < low {
			d.fault(n, "a size from %d to %d bytes, such as 64KiB, is wanted here, not %q", low, high, n.Value)
			return
		}
		*to = v * unit
	}
}

// prefix reads an address or a prefix; host bits beyond the prefix are a
// mistake that would be understood in two ways.
func (d *decoder) prefix(n *yaml.Node) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(n.Value); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(n.Value)
	switch {
	case err != nil || n.Kind != yaml.ScalarNode:
		d.fault(n, "an address or a prefix such as 192.0.2.0/24 is wanted here, not %q", n.Value)
	case p != p.Masked():
		d.fault(n, "prefix %s has bits beyond its length; write %s", n.Value, p.Masked())
	default:
		return p, true
	}
	return netip.Prefix{}, false
}
