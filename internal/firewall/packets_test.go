package firewall

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/kerneltest"
)

// How long a packet is waited for that is to arrive, and one that is not.
const (
	patience = 5 * time.Second
	doubt    = 150 * time.Millisecond
)

// The test's namespace is the server. The other end of its link has the peers.
var (
	serverAt   = map[Family]string{IPv4: "192.0.2.1", IPv6: "2001:db8::1"}
	attackerAt = map[Family]string{IPv4: "192.0.2.2", IPv6: "2001:db8::2"}
	neighbour  = map[Family]string{IPv4: "192.0.2.3", IPv6: "2001:db8::3"} // in the attacker's /64
	clientAt   = map[Family]string{IPv4: "198.51.100.4", IPv6: "2001:db8:1::4"}
)

// peers makes the namespace of the peers, joins it with the test's by a veth
// pair, and returns its name.
func peers(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("peers-%d", unix.Gettid())
	kerneltest.Run(t, "ip", "netns", "add", name)
	t.Cleanup(func() { kerneltest.Run(t, "ip", "netns", "delete", name) })
	ip := func(args string) { t.Helper(); kerneltest.Run(t, "ip", strings.Fields(args)...) }
	ip("link add server0 type veth peer name peers0 netns " + name)
	// Up before they have addresses: IPv6 joins the solicited-node groups of
	// addresses added to a link that is down only some time after.
	ip("-n " + name + " link set peers0 up")
	ip("link set server0 up")
	ip("addr add 192.0.2.1/24 dev server0")
	ip("addr add 2001:db8::1/64 dev server0 nodad")
	ip("route add 198.51.100.0/24 dev server0")
	ip("-6 route add 2001:db8:1::/64 dev server0")
	for _, address := range []string{"192.0.2.2/24", "192.0.2.3/24", "198.51.100.4/24", "2001:db8::2/64 nodad", "2001:db8::3/64 nodad", "2001:db8:1::4/64 nodad"} {
		ip("-n " + name + " addr add dev peers0 " + address)
	}
	return name
}

// from opens a TCP connection to the server from an address of the peers.
func from(peers, source, server string, port int, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: timeout, LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}}
	return kerneltest.Dial(peers, dialer, net.JoinHostPort(server, fmt.Sprint(port)))
}

// mustConnect connects, and checks that data comes back.
func mustConnect(t *testing.T, peers, source, server string, port int) net.Conn {
	t.Helper()
	conn, err := from(peers, source, server, port, patience)
	if err != nil {
		t.Fatalf("connect from %s: %v", source, err)
	}
	t.Cleanup(func() { conn.Close() })
	if !alive(t, conn, patience) {
		t.Fatalf("the connection from %s is dead", source)
	}
	return conn
}

// mustNotConnect wants the SYN to be dropped without an answer.
func mustNotConnect(t *testing.T, peers, source, server string, port int) {
	t.Helper()
	conn, err := from(peers, source, server, port, doubt)
	if timeout := net.Error(nil); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("connect from %s: error %v, want a timeout", source, err)
	}
	if err == nil {
		conn.Close()
	}
}

// alive tells whether what is sent on conn comes back in time.
func alive(t *testing.T, conn net.Conn, timeout time.Duration) bool {
	t.Helper()
	conn.SetDeadline(time.Now().Add(timeout))
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	_, err := io.ReadFull(conn, make([]byte, 1))
	return err == nil
}

// eachFamily runs test with packets of both families on both backends, with cfg
// applied.
func eachFamily(t *testing.T, cfg Config, test func(t *testing.T, h host, peers string, f Family)) {
	for _, f := range families {
		t.Run(f.String(), func(t *testing.T) {
			onBothBackends(t, func(t *testing.T, h host, backend string) {
				peers := peers(t)
				apply(t, h, cfg)
				test(t, h, peers, f)
			})
		})
	}
}

func add(t *testing.T, set, element string, more ...string) {
	t.Helper()
	kerneltest.Run(t, "ipset", append([]string{"add", set, element}, more...)...)
}

func TestTheBlacklistedCannotConnectAndTheirConnectionsDie(t *testing.T) {
	for _, set := range []string{"blacklist", "blackout"} {
		eachFamily(t, config(), func(t *testing.T, _ host, peers string, f Family) {
			kerneltest.Echo(t, ":7")
			banned := mustConnect(t, peers, attackerAt[f], serverAt[f], 7)
			honest := mustConnect(t, peers, clientAt[f], serverAt[f], 7)
			add(t, f.set(set), attackerAt[f])
			if alive(t, banned, doubt) {
				t.Error("the attacker's connection lives on")
			}
			mustNotConnect(t, peers, attackerAt[f], serverAt[f], 7)
			if !alive(t, honest, patience) {
				t.Error("another client's connection died")
			}
			mustConnect(t, peers, neighbour[f], serverAt[f], 7)

			kerneltest.Run(t, "ipset", "del", f.set(set), attackerAt[f])
			mustConnect(t, peers, attackerAt[f], serverAt[f], 7)
		})
	}
}

func TestTheWhitelistWins(t *testing.T) {
	eachFamily(t, config(), func(t *testing.T, _ host, peers string, f Family) {
		kerneltest.Echo(t, ":7")
		for _, set := range []string{"blacklist", "blackout", "burst", "whitelist"} {
			add(t, f.set(set), attackerAt[f])
		}
		mustConnect(t, peers, attackerAt[f], serverAt[f], 7)
	})
}

func TestTheWhitelistedStillPassTheRulesOfOthersBehindOurs(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		peers := peers(t)
		kerneltest.Echo(t, ":7")
		restore(t, IPv4, backend, "*raw\n-A PREROUTING -s 192.0.2.2/32 -j DROP\nCOMMIT\n")
		apply(t, h, config())
		add(t, "whitelist", attackerAt[IPv4])
		mustNotConnect(t, peers, attackerAt[IPv4], serverAt[IPv4], 7)
		mustConnect(t, peers, neighbour[IPv4], serverAt[IPv4], 7)
	})
}

func TestOnlyTheInterfacesNamedAreGuarded(t *testing.T) {
	for name, guarded := range map[string]bool{"server+": true, "eth0": false} {
		cfg := config()
		cfg.Interfaces = []string{"eth7", name}
		eachFamily(t, cfg, func(t *testing.T, _ host, peers string, f Family) {
			kerneltest.Echo(t, ":7")
			add(t, f.set("blacklist"), attackerAt[f])
			if guarded {
				mustNotConnect(t, peers, attackerAt[f], serverAt[f], 7)
			} else {
				mustConnect(t, peers, attackerAt[f], serverAt[f], 7)
			}
		})
	}
}

func TestLoopbackNeighboursAndOwnAddressesLiveOnWhenTheirWholeNetIsBlacklisted(t *testing.T) {
	eachFamily(t, config(), func(t *testing.T, _ host, peers string, f Family) {
		kerneltest.Echo(t, ":7")
		bits := map[Family][]int{IPv4: {8, 24}, IPv6: {64, 64}}[f]
		loopback := map[Family]string{IPv4: "127.0.0.1", IPv6: "::1"}[f]
		for i, address := range []string{loopback, serverAt[f]} {
			prefix, err := netip.MustParseAddr(address).Prefix(bits[i])
			if err != nil {
				t.Fatal(err)
			}
			add(t, f.set("blacklist"), prefix.String())
		}
		for _, own := range []string{loopback, serverAt[f]} {
			conn, err := net.DialTimeout("tcp", net.JoinHostPort(own, "7"), patience)
			if err != nil {
				t.Errorf("connect to the own address: %v", err)
				continue
			}
			if !alive(t, conn, patience) {
				t.Errorf("the connection to the own address %s is dead", own)
			}
			conn.Close()
		}

		mustNotConnect(t, peers, attackerAt[f], serverAt[f], 7)
		if f == IPv6 {
			// The banned neighbour asks for our link address, and we for his.
			for _, n := range []struct{ namespace, of string }{{"/proc/thread-self/ns/net", attackerAt[f]}, {"/run/netns/" + peers, serverAt[f]}} {
				waitForNeighbour(t, n.namespace, n.of)
			}
		}
		add(t, f.set("whitelist"), neighbour[f])
		mustConnect(t, peers, neighbour[f], serverAt[f], 7)
	})
}

// waitForNeighbour polls the namespace's neighbour table until it has the link
// address of an address, after sending it a datagram.
func waitForNeighbour(t *testing.T, namespace, address string) {
	t.Helper()
	if namespace == "/proc/thread-self/ns/net" {
		conn, err := net.Dial("udp", net.JoinHostPort(address, "9"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	var table string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		table = kerneltest.Run(t, "nsenter", "--net="+namespace, "ip", "-6", "neigh", "show", "to", address)
		if strings.Contains(table, "lladdr") {
			return
		}
	}
	t.Errorf("no link address of %s in the neighbour table: %q", address, table)
}

func TestTheNinthConnectionWithinTheWindowIsDroppedAndItsSourceBanned(t *testing.T) {
	eachFamily(t, config(), func(t *testing.T, _ host, peers string, f Family) {
		kerneltest.Echo(t, ":110")
		kerneltest.Echo(t, ":7")
		sources := []string{attackerAt[f]}
		if f == IPv6 { // one /64 is one source
			sources = []string{attackerAt[f], neighbour[f]}
		}
		for i := range 8 {
			mustConnect(t, peers, sources[i%len(sources)], serverAt[f], 110)
		}
		if members(t, f.set("burst")) != 0 {
			t.Error("banned within the burst")
		}
		mustNotConnect(t, peers, attackerAt[f], serverAt[f], 110)
		if members(t, f.set("burst")) != 1 {
			t.Errorf("%d members of the burst set, want 1", members(t, f.set("burst")))
		}
		kerneltest.Run(t, "ipset", "test", f.set("burst"), sources[len(sources)-1])
		mustNotConnect(t, peers, attackerAt[f], serverAt[f], 7)
		mustConnect(t, peers, clientAt[f], serverAt[f], 110)
	})
}

func TestALongerBanIsNotShortenedByABurst(t *testing.T) {
	cfg := config()
	cfg.Bursts[0].Burst = 1
	eachFamily(t, cfg, func(t *testing.T, _ host, peers string, f Family) {
		kerneltest.Echo(t, ":110")
		add(t, f.set("burst"), attackerAt[f], "timeout", "86400")
		for range 2 {
			mustNotConnect(t, peers, attackerAt[f], serverAt[f], 110)
		}
		var left int
		list := kerneltest.Run(t, "ipset", "list", f.set("burst"))
		_, element, _ := strings.Cut(list, "Members:\n")
		if _, err := fmt.Sscanf(element[strings.Index(element, "timeout"):], "timeout %d", &left); err != nil || left < 80000 {
			t.Errorf("%d seconds left, error %v, want almost a day:\n%s", left, err, list)
		}
	})
}

func TestAChangedRateTakesEffect(t *testing.T) {
	eachFamily(t, config(), func(t *testing.T, h host, peers string, f Family) {
		kerneltest.Echo(t, ":110")
		cfg := config()
		cfg.Bursts[0].Burst = 2
		apply(t, h, cfg)
		for range 2 {
			mustConnect(t, peers, attackerAt[f], serverAt[f], 110)
		}
		mustNotConnect(t, peers, attackerAt[f], serverAt[f], 110)
	})
}

func members(t *testing.T, set string) int {
	t.Helper()
	_, list, _ := strings.Cut(kerneltest.Run(t, "ipset", "list", set), "Members:\n")
	return strings.Count(list, "\n")
}
