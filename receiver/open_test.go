package receiver

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// expectFault opens one URL, which must fail with the words of want after its name.
func expectFault(t *testing.T, url string, o Options, want string) {
	t.Helper()
	ls, err := Open([]string{url}, o)
	if err == nil {
		ls[0].close()
		t.Errorf("%s was opened, want: %s", url, want)
	} else if got, want := err.Error(), "listen on "+url+": "+want; got != want {
		t.Errorf("fault\n%s\nwant\n%s", got, want)
	}
}

func TestOpenFaultsNameCauseAndRemedy(t *testing.T) {
	const forged = "refused without trust: whoever reaches this address could have others banned, and a UDP source can be forged;" +
		" list the senders, for example trust: [192.0.2.7], or listen on 127.0.0.1"
	tcp := strings.Replace(forged, ", and a UDP source can be forged", "", 1)
	dir := t.TempDir()
	for _, test := range []struct{ url, want string }{
		{"udp://0.0.0.0:0", forged},
		{"udp://:0", forged},
		{"udp://[::]:0", forged},
		{"udp://192.0.2.1:514", forged},
		{"tcp://0.0.0.0:0", tcp},
		{"tls://0.0.0.0", tcp},
		{"udp://127.0.0.1:99999", "port 99999: write a number from 1 to 65535"},
		{"udp://127.0.0.1:0/path", "more than an address: write udp://HOST:PORT"},
		{"tcp://user@127.0.0.1:0", "more than an address: write tcp://HOST:PORT"},
		{"udp://127.0.0.1:no", `invalid port ":no" after host`},
		{"dtls://127.0.0.1", "unknown kind of source: write udp://, tcp://, tls://, unixgram://, file:// or stdin"},
		{"127.0.0.1:514", "first path segment in URL cannot contain colon"},
		{"unixgram://run/log", "no absolute path: write unixgram:///run/NAME with three slashes"},
		{"unixgram:///" + strings.Repeat("x", 107), "path too long: the kernel takes 107 bytes"},
		{"unixgram://" + dir + "/none/log", "no such file or directory"},
		{"file://var/log/x", "no absolute path: write file:///var/log/NAME with three slashes"},
		{"file:///var/log/x?tab=named", "parameter tab=named: only ?tag=NAME is known, with a name of letters, digits and . _ / -;" +
			" in a pattern use * for ?"},
		{"file:///var/log/x?tag=a:+b", "parameter tag=a: b: only ?tag=NAME is known, with a name of letters, digits and . _ / -;" +
			" in a pattern use * for ?"},
		{"file:///var/log/[x", "pattern: syntax error in pattern"},
		{"file://" + dir, "open " + dir + ": not a file that can be followed: name files, or a pattern of files such as /var/log/*.log"},
	} {
		t.Run(test.url, func(t *testing.T) { expectFault(t, test.url, Options{}, test.want) })
	}
}

func TestOpenReportsEveryFaultAndClosesTheRest(t *testing.T) {
	used, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	good, bad := "udp://"+free.LocalAddr().String(), "udp://"+used.LocalAddr().String()
	_, err = Open([]string{good, bad, "stdin", "stdin", "gopher://x"}, Options{})
	want := "listen on " + bad + ": address already in use: another program listens there; stop it (ss -lp shows it) or choose another address\n" +
		"listen on stdin: named twice: remove one\n" +
		"listen on gopher://x: unknown kind of source: write udp://, tcp://, tls://, unixgram://, file:// or stdin"
	if err == nil || err.Error() != want {
		t.Fatalf("fault\n%v\nwant\n%s", err, want)
	}
	start(t, good, Options{}, func(*Batch) {}) // it was closed, so it can be bound again
}

func TestAddressesHaveDefaultPorts(t *testing.T) {
	for raw, want := range map[string]string{
		"udp://192.0.2.1":            "192.0.2.1:514",
		"tcp://192.0.2.1":            "192.0.2.1:514",
		"tls://192.0.2.1":            "192.0.2.1:6514",
		"tls://[2001:db8::1]":        "[2001:db8::1]:6514",
		"udp://192.0.2.1:5514":       "192.0.2.1:5514",
		"udp://[::ffff:192.0.2.1]:1": "192.0.2.1:1",
		"udp://[fe80::1%25lo]:514":   "[fe80::1%lo]:514",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := networkAddress(u); err != nil || at.String() != want {
			t.Errorf("%s is %v, %v; want %s", raw, at, err, want)
		}
	}
}

func TestTrustPrefersTheLongestPrefix(t *testing.T) {
	trust := NewTrust(
		Sender{netip.MustParsePrefix("192.0.2.0/24"), "net"},
		Sender{netip.MustParsePrefix("192.0.2.7/32"), "host"},
		Sender{netip.MustParsePrefix("2001:db8::/32"), ""},
	)
	for address, want := range map[string]string{"192.0.2.7": "host", "192.0.2.8": "net"} {
		if s := trust.find(netip.MustParseAddr(address)); s == nil || s.Name != want {
			t.Errorf("%s is %+v, want %s", address, s, want)
		}
	}
	if s := trust.find(netip.MustParseAddr("192.0.3.1")); s != nil {
		t.Errorf("found %+v", s)
	}
	trust.find(netip.MustParseAddr("192.0.2.7")).spoke(5)
	trust.find(netip.MustParseAddr("2001:db8::1")).spoke(6)
	last := trust.LastMessages()
	if len(last) != 1 || last["host"].UnixNano() != 5 {
		t.Errorf("last messages %v", last)
	}
}
