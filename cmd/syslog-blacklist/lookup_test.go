package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/lookuptest"
)

const lookupRules = `[failed ssh user]
12h
^sshd\[\d+\]: Failed password for \w+ from {IP_NUMBER}
`

// resolvConf takes the place of the host's, in this mount namespace.
func resolvConf(t *testing.T, text string) {
	t.Helper()
	path, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if link, broken := os.Readlink("/etc/resolv.conf"); err != nil && broken == nil {
		path = filepath.Join("/etc", link) // into /run, which is another one here
		put(t, path, "")
	}
	kerneltest.Run(t, "mount", "--bind", file(t, "resolv.conf", text), path)
	t.Cleanup(func() { kerneltest.Run(t, "umount", path) })
}

// nameServer returns what the system's resolver asks.
func nameServer(t *testing.T) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	resolvConf(t, "nameserver 127.0.0.1\n")
	return conn
}

// lookingUp runs the daemon with what lookup: holds, and returns it.
func lookingUp(t *testing.T, lookup string) *process {
	t.Helper()
	conf := file(t, "conf.yaml", "state: "+t.TempDir()+"\nweb: \"off\"\nsets: {size: 8192}\nlookup: "+lookup+"\n")
	d := launch(t, program(t, "syslog-blacklist"), "run", "--config", conf, "--rules", file(t, "rules.conf", lookupRules))
	t.Cleanup(func() { d.stop(syscall.SIGTERM); kerneltest.Run(t, "ipset", "destroy") })
	d.says("bans in force")
	return d
}

// attack has addr banned, and waits until the kernel holds it.
func attack(t *testing.T, d *process, addr string) {
	t.Helper()
	c, err := net.Dial("udp", "127.0.0.1:5514")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "<38>Nov 21 10:00:00 host sshd[7]: Failed password for root from %s", addr)
	until(t, addr+" is banned", func() bool { return inSet(t, "blacklist", addr) }, d)
}

// told returns the lines of why that tell of lookups.
func told(t *testing.T, addr string) string {
	t.Helper()
	status, out := syslogBlacklist(t, "why", addr)
	if status != 0 {
		t.Fatalf("why: status %d\n%s", status, out)
	}
	var lines []string
	for line := range strings.Lines(out) {
		for _, about := range []string{"name:", "network:", "registered:", "abuse contact:", "answers"} {
			if strings.HasPrefix(line, about) {
				lines = append(lines, line)
			}
		}
	}
	return strings.Join(lines, "")
}

func TestWhyAndListTellWhoItWas(t *testing.T) {
	kerneltest.Require(t, "ipset", "mount")
	names := nameServer(t)
	defer names.Close()
	go lookuptest.Zone{
		"PTR 9.113.0.203.in-addr.arpa.": {"Scan-9.example.org."}, "A scan-9.example.org.": {"203.0.113.9"},
		"PTR 4.100.51.198.in-addr.arpa.": {"your-bank.example.com."},
		"PTR 5.100.51.198.in-addr.arpa.": {"\x1b]0;x\x07.example.com."},
	}.Serve(names)
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ip/203.0.113.9":
			fmt.Fprint(w, lookuptest.Network("203.0.113.0", "203.0.113.127", "Example\x1b[2J\r\nHosting", "abuse@example.org\r\nBcc: all@example.com", "abuse@example.org", "helpdesk@apnic.net"))
		case "/ip/198.51.100.4":
			fmt.Fprint(w, lookuptest.Network("198.51.100.0", "198.51.100.255", "Someone", "no-email@apnic.net"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer registry.Close()
	country := file(t, "country.mmdb", string(lookuptest.Database(t, map[string]string{"203.0.113.0/24": `{"country":{"iso_code":"DE","names":{"en":"Germany"}}}`})))
	network := file(t, "network.mmdb", string(lookuptest.Database(t, map[string]string{
		"203.0.113.0/25":  `{"autonomous_system_number":64496,"autonomous_system_organization":"Example Hosting"}`,
		"198.51.100.0/24": `{"asn":"AS64497","as_name":"\u001b[31mred","country_code":"NL"}`})))
	d := lookingUp(t, fmt.Sprintf("{names: true, databases: [%s, %s], rdap: %s}", country, network, lookuptest.Bootstrap(t, registry.URL)))
	d.says("read database " + country)
	d.says("read database " + network)
	for _, addr := range []string{"203.0.113.9", "198.51.100.4", "198.51.100.5"} {
		attack(t, d, addr)
	}
	for addr, want := range map[string]string{
		"203.0.113.9": "name: scan-9.example.org\nnetwork: 203.0.113.0/25, AS64496 Example Hosting, DE\n" +
			"registered: 203.0.113.0/25, Example[2J Hosting\nabuse contact: abuse@example.org\n",
		"198.51.100.4": "name: your-bank.example.com (only claimed: it does not lead back)\nnetwork: 198.51.100.0/24, AS64497 [31mred, NL\n" +
			"registered: 198.51.100.0/24, Someone\nabuse contact: none is published\n",
		"192.0.2.5": "abuse contact: unknown: ask the registry for 192.0.2.5: " + strings.TrimPrefix(registry.URL, "http://") + " answers 404 Not Found\n",
	} {
		if diff := cmp.Diff(want, told(t, addr)); diff != "" {
			t.Errorf("why %s (-want +got)\n%s", addr, diff)
		}
	}
	_, list := syslogBlacklist(t, "list", "--sort", "address")
	for _, want := range []string{"COUNTRY", "ABUSE CONTACT",
		"NL       AS64497 [31mred          your-bank.example.com ?  -                  failed ssh user",
		"NL       AS64497 [31mred          -                        -                  failed ssh user",
		"DE       AS64496 Example Hosting  scan-9.example.org       abuse@example.org  failed ssh user"} {
		if !strings.Contains(list, want) {
			t.Errorf("list does not show %q:\n%s", want, list)
		}
	}
	if strings.ContainsAny(list+d.String(), "\x1b\x07") {
		t.Errorf("an escape got through:\n%q", list)
	}
}

// Those who are asked may be away, slow or hostile. They hold questions here for as
// long as the test runs: whatever happens meanwhile does not wait for them.
func TestWhoNeverAnswersDelaysNoBan(t *testing.T) {
	kerneltest.Require(t, "ipset", "mount")
	names := nameServer(t)
	defer names.Close()
	hold, asked := make(chan struct{}), make(chan struct{}, 1)
	registry := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-hold
	}))
	defer registry.Close()
	defer close(hold)
	d := lookingUp(t, "{names: true, rdap: "+lookuptest.Bootstrap(t, registry.URL)+"}")
	attack(t, d, "203.0.113.9")
	if err := names.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := names.ReadFrom(make([]byte, 1500)); err != nil { // and no answer
		t.Fatalf("nobody asks for the name of who was banned: %v", err)
	}
	if got, want := told(t, "203.0.113.9"), "answers from elsewhere are missing yet: ask again in some seconds\n"; got != want {
		t.Errorf("why tells %q, want %q", got, want)
	}
	<-asked

	c, err := net.Dial("tcp", "127.0.0.1:5514")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const many = 3000
	for i := range many {
		fmt.Fprintf(c, "<38>Nov 21 10:00:00 host sshd[7]: Failed password for root from 198.51.%d.%d\n", 100+i/250, i%250)
	}
	until(t, "all are banned", func() bool {
		return strings.Count(kerneltest.Run(t, "ipset", "save", "blacklist"), "\nadd ") == many+1
	}, d)
	_, out := syslogBlacklist(t, "status", "--json")
	var s control.Status
	if err := json.Unmarshal([]byte(out), &s); err != nil || len(s.Lookups) != 2 {
		t.Fatalf("status: %v\n%s", err, out)
	}
	// A thousand wait, four are under way; whatever timed out meanwhile let others in.
	n := s.Lookups[0]
	if n.Kind != "name" || n.Dropped == 0 || n.Dropped+n.Questions+1028 < many {
		t.Errorf("lookups of names: %+v", n)
	}
}
