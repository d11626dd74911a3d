package receiver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// defaultPorts are the ports of the transports: RFC 5426, the custom of rsyslog's @@host, RFC 5425.
var defaultPorts = map[string]string{"udp": "514", "tcp": "514", "tls": "6514"}

// networkAddress returns the address that a udp, tcp or tls URL says to listen on. Without a host it is every address, and
// the result's is not valid.
func networkAddress(u *url.URL) (netip.AddrPort, error) {
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return netip.AddrPort{}, fmt.Errorf("more than an address: write %s://HOST:PORT", u.Scheme)
	}
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port %s: write a number from 1 to 65535", port)
	}
	if u.Hostname() == "" {
		return netip.AddrPortFrom(netip.Addr{}, uint16(n)), nil
	}
	a, err := net.ResolveIPAddr("ip", u.Hostname())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w; write an address of this host", err)
	}
	ip, ok := netip.AddrFromSlice(a.IP)
	if !ok {
		return netip.AddrPort{}, errors.New("no address: write an address of this host")
	}
	return netip.AddrPortFrom(ip.Unmap().WithZone(a.Zone), uint16(n)), nil
}
