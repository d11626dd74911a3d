package rules

import (
	"regexp/syntax"
	"slices"
	"strconv"
)

// address is what stands for {IP_NUMBER}: an address as net/netip reads it, in a
// group, with brackets and a zone around it that don't belong to it, and without
// the flags that the pattern may have set.
//
// \b and \B keep word characters away from both its ends. Of the IPv6 addresses
// with an IPv4 tail only the mapped ones are taken, as programs print them.
var address = `(?-imsU:\[?(?P<` + addressGroup + `>` + ipv4() + `|` + ipv6() + `)(?:%[0-9A-Za-z_.\-]+)?\]?)`

// addressTree is address, parsed. Nobody changes it.
var addressTree = mustParse(address)

// addressAs returns addressTree with its group numbered as group, and shares the rest.
func addressAs(group int) *syntax.Regexp {
	tree := *addressTree
	tree.Sub = slices.Clone(tree.Sub)
	for i, part := range tree.Sub {
		if part.Op == syntax.OpCapture {
			numbered := *part
			numbered.Cap = group
			tree.Sub[i] = &numbered
		}
	}
	return &tree
}

func ipv4() string {
	const octet = `(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)` // a leading zero would be octal to some
	return `(?:(?:\B::|\b(?:0{1,4}:){5})[Ff]{4}:)?\b` + octet + `(?:\.` + octet + `){3}\b`
}

// ipv6 nests one group in the other, because a list of the forms by the place of
// the :: makes a program three times as large.
func ipv6() string {
	const hextet = `[0-9A-Fa-f]{1,4}`
	upTo := func(n int) string { // what may follow ::
		return `(?:` + hextet + `(?::` + hextet + `){0,` + strconv.Itoa(n-1) + `}\b|\B)`
	}
	tail := hextet + `:(?:` + hextet + `\b|:\B)` // the 7th and 8th
	for n := 1; n <= 6; n++ {
		tail = hextet + `:(?::` + upTo(n) + `|` + tail + `)`
	}
	return `\b` + tail + `|\B::` + upTo(7)
}

func mustParse(expr string) *syntax.Regexp {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic("rules: " + err.Error())
	}
	return re
}
