package main_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/kerneltest"
)

// The town: this process lives on B, the server. A is the attacker and C an
// honest client, each in a network namespace of its own, joined to B by a veth.
// B runs rsyslogd with the shipped snippet, the daemon, and the firewall.
func TestTheWholeTown(t *testing.T) {
	kerneltest.Require(t, "ip", "ipset", "iptables", "ip6tables", "rsyslogd", "logger")
	join(t, "a", "192.0.2", "2001:db8:a")
	join(t, "c", "198.51.100", "2001:db8:c")
	for _, tt := range []struct{ family, protocol, template string }{
		{"4", "udp", "RSYSLOG_TraditionalForwardFormat"},
		{"4", "tcp", "RSYSLOG_ForwardFormat"},
		{"4", "udp", "RSYSLOG_SyslogProtocol23Format"},
		{"6", "udp", "RSYSLOG_ForwardFormat"},
		{"6", "tcp", "RSYSLOG_SyslogProtocol23Format"},
		{"6", "tcp", "RSYSLOG_TraditionalForwardFormat"},
	} {
		t.Run("IPv"+tt.family+" "+tt.protocol+" "+tt.template, func(t *testing.T) {
			attacker, server := "192.0.2.2", "192.0.2.1"
			honest, other := "198.51.100.2", "198.51.100.1"
			set, element := "blacklist", "192.0.2.2"
			if tt.family == "6" {
				attacker, server = "2001:db8:a::2", "2001:db8:a::1"
				honest, other = "2001:db8:c::2", "2001:db8:c::1"
				// B has an address in the same /64, so only the attacker's own is banned.
				set, element = "blacklist6", "2001:db8:a::2"
			}
			log := server4log(t, tt.protocol, tt.template)
			daemon := guard(t)
			kerneltest.Echo(t, net.JoinHostPort(server, port))
			kerneltest.Echo(t, net.JoinHostPort(other, port))

			bad := dial(t, "a", server)
			good := dial(t, "c", other)
			bad.answers(true)
			good.answers(true)

			log("sshd[4711]", "Failed password for root from "+attacker+" port 50022 ssh2")
			daemon.says("blacklisting " + element + " for town")
			if !inSet(t, set, element) {
				t.Errorf("%s is not in %s:\n%s", element, set, kerneltest.Run(t, "ipset", "save", set))
			}
			bad.answers(false) // the connection that stands dies too
			good.answers(true)
			if c, err := connect("a", server); err == nil {
				c.Close()
				t.Error("the attacker connects again")
			}
			until(t, "the ban is over", func() bool { return !inSet(t, set, element) }, daemon)
			dial(t, "a", server).answers(true)

			kerneltest.Run(t, "ipset", "add", family("whitelist", tt.family), honest, "timeout", "60")
			log("sshd[4712]", "Failed password for root from "+honest+" port 50022 ssh2")
			daemon.says("blacklisting " + honest + " for town")
			good.answers(true) // the whitelist wins
		})
	}
}

func family(set, f string) string {
	if f == "6" {
		return set + "6"
	}
	return set
}

// join makes a namespace and a link to it: .1 and ::1 here, .2 and ::2 there.
func join(t *testing.T, name, net4, net6 string) {
	t.Helper()
	ip := func(args ...string) { t.Helper(); kerneltest.Run(t, "ip", args...) }
	ip("netns", "add", name)
	t.Cleanup(func() { ip("netns", "del", name) })
	t.Cleanup(func() { ip("link", "del", "to-"+name) }) // the namespace would take its time
	ip("link", "add", "to-"+name, "type", "veth", "peer", "name", "eth0", "netns", name)
	for _, end := range []struct {
		args []string
		dev  string
		last string
	}{{nil, "to-" + name, "1"}, {[]string{"-n", name}, "eth0", "2"}} {
		ip(append(end.args, "addr", "add", net4+"."+end.last+"/24", "dev", end.dev)...)
		ip(append(end.args, "addr", "add", net6+"::"+end.last+"/64", "dev", end.dev, "nodad")...)
		ip(append(end.args, "link", "set", end.dev, "up")...)
	}
}

// server4log runs rsyslogd with the shipped snippet and returns how a program on
// B logs.
func server4log(t *testing.T, protocol, template string) func(tag, text string) {
	t.Helper()
	snippet, err := os.ReadFile("../../deploy/rsyslog/50-syslog-blacklist.conf")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(snippet), `protocol="udp"`, `protocol="`+protocol+`"`)
	text = strings.ReplaceAll(text, "RSYSLOG_ForwardFormat", template)
	dir := t.TempDir()
	socket := dir + "/log"
	conf := file(t, "rsyslog.conf", fmt.Sprintf(
		"global(workDirectory=%q)\nmodule(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=%q)\n%s", dir, socket, text))
	p := launch(t, "rsyslogd", "-n", "-f", conf, "-i", dir+"/pid")
	until(t, "rsyslogd listens", func() bool { _, err := os.Stat(socket); return err == nil }, p)
	return func(tag, text string) {
		t.Helper()
		kerneltest.Run(t, "logger", "-u", socket, "-p", "auth.info", "-t", tag, text)
	}
}

// guard runs the daemon and applies the firewall.
func guard(t *testing.T) *process {
	t.Helper()
	rules := file(t, "rules.conf", "[town]\n6s\n^sshd\\[\\d+\\]: Failed password for root from {IP_NUMBER} port \\d+ ssh2$\n")
	conf := file(t, "conf.yaml", "state: "+t.TempDir()+"\nsets: {size: 4096}\n")
	d := launch(t, program(t, "syslog-blacklist"), "run", "--config", conf, "--rules", rules)
	d.says("bans in force")
	if status, out := syslogBlacklist(t, "firewall", "apply", "--config", conf); status != 0 {
		t.Fatalf("firewall apply: %s", out)
	}
	if status, out := syslogBlacklist(t, "firewall", "check", "--config", conf); status != 0 {
		t.Fatalf("firewall check: %s", out)
	}
	t.Cleanup(func() {
		d.stop(unix.SIGTERM)
		if status, out := syslogBlacklist(t, "firewall", "remove"); status != 0 {
			t.Errorf("firewall remove: %s", out)
		}
		kerneltest.Run(t, "ipset", "destroy")
	})
	return d
}

const port = "2222"

// connect dials the port from another namespace.
func connect(namespace, addr string) (net.Conn, error) {
	return kerneltest.Dial(namespace, net.Dialer{Timeout: time.Second}, net.JoinHostPort(addr, port))
}

type client struct {
	net.Conn
	t *testing.T
}

func dial(t *testing.T, namespace, addr string) client {
	t.Helper()
	c, err := connect(namespace, addr)
	if err != nil {
		t.Fatalf("connect from %s: %v", namespace, err)
	}
	t.Cleanup(func() { c.Close() })
	return client{c, t}
}

// answers checks whether the server answers a line.
func (c client) answers(want bool) {
	c.t.Helper()
	wait := 5 * time.Second
	if !want {
		wait = time.Second
	}
	c.SetDeadline(time.Now().Add(wait))
	_, err := fmt.Fprintln(c, "are you there?")
	if err == nil {
		_, err = bufio.NewReader(c).ReadString('\n')
	}
	if got := err == nil; got != want {
		c.t.Errorf("the server answers %v: %v, want %v", c.LocalAddr(), got, want)
	}
}
