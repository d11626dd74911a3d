package lookup

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"syslog-blacklist/internal/lookuptest"
)

type zone = lookuptest.Zone

// resolverOf returns one that asks a server of its own about z.
func resolverOf(t *testing.T, z zone) resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		z.Serve(conn)
	}()
	t.Cleanup(func() { conn.Close(); <-ended })
	return asking(conn.LocalAddr().String())
}

// asking is a resolver whose one server is at addr.
func asking(addr string) resolver {
	r := newResolver()
	r.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", addr)
	}
	return r
}

const (
	ptr4 = "PTR 7.2.0.192.in-addr.arpa."
	ptr6 = "PTR 7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
)

func TestANameIsConfirmedWhenItLeadsBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		zone zone
		addr string
		want name
	}{
		{"it leads back", zone{ptr4: {"Scan.example.org."}, "A scan.example.org.": {"198.51.100.1", "192.0.2.7"}}, "192.0.2.7", name{"scan.example.org", true}},
		{"it leads elsewhere", zone{ptr4: {"bank.example.com."}, "A bank.example.com.": {"198.51.100.1"}}, "192.0.2.7", name{"bank.example.com", false}},
		{"it leads nowhere", zone{ptr4: {"bank.example.com."}}, "192.0.2.7", name{"bank.example.com", false}},
		{"one of several", zone{ptr4: {"a.example.org.", "b.example.org."}, "A b.example.org.": {"192.0.2.7"}}, "192.0.2.7", name{"b.example.org", true}},
		{"only the first four are tried", zone{ptr4: {"a.example.org.", "b.example.org.", "c.example.org.", "d.example.org.", "e.example.org."}, "A e.example.org.": {"192.0.2.7"}},
			"192.0.2.7", name{"a.example.org", false}},
		{"IPv6", zone{ptr6: {"six.example.org."}, "AAAA six.example.org.": {"2001:db8::7"}}, "2001:db8::7", name{"six.example.org", true}},
		{"there is none", zone{}, "192.0.2.7", name{}},
		{"markup", zone{ptr4: {"<script>alert(1)</script>.example.org."}}, "192.0.2.7", name{}},
		{"an escape", zone{ptr4: {"\x1b]0;x\x07.example.org."}}, "192.0.2.7", name{}},
		{"a line end", zone{ptr4: {"a\r\nX-Header: b.example.org."}}, "192.0.2.7", name{}},
		{"a label without a domain", zone{ptr4: {"localhost."}}, "192.0.2.7", name{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := resolverOf(t, tt.zone).ask(t.Context(), netip.MustParseAddr(tt.addr))
			if got.value != tt.want || got.failed {
				t.Errorf("%+v, failed %v; want %+v", got.value, got.failed, tt.want)
			}
		})
	}
}

func TestAResolverThatIsAwayIsAFailureThatIsBelievedForAWhile(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() // and never reads
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	got := asking(conn.LocalAddr().String()).ask(ctx, netip.MustParseAddr("192.0.2.7"))
	if !got.failed || time.Until(got.until) < failureKept-time.Minute {
		t.Errorf("%+v", got)
	}
}
