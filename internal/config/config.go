// Package config reads the plumbing: where to listen, whom to trust, which sets
// to use. Who is banned, and for how long, stands in the rules file instead.
//
// Every key is optional, an unknown one is a fault, and all faults are reported
// at once, each with file, line and column. Nothing in a value is expanded.
package config

import (
	"net/netip"
	"time"

	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/notify"
	"syslog-blacklist/internal/report"
)

// Path is where the plumbing is looked for when no other file is named.
const Path = "/etc/syslog-blacklist.yaml"

// Config is the checked content of the file. It is not changed after Load.
type Config struct {
	// Listen holds the listeners' URLs, in the order of the file.
	Listen []string
	// Trust is who is heard on the network. Nil when the key is absent.
	Trust []Trust
	// TrustUsers says whether lines of ordinary users (UID 1000 and above) are
	// believed on unix sockets.
	TrustUsers bool
	TLS        TLS
	// Rules is the path of the rules file; RulesSet tells that somebody chose
	// it, so that it must exist.
	Rules    string
	RulesSet bool
	Sets     Sets
	// State is the directory that keeps what must survive a restart.
	State   string
	Control Control
	// Web is the address of the page, /metrics, /healthz and /readyz; empty is off.
	Web string
	// WebConfig is a file of the Prometheus exporter-toolkit (TLS, passwords).
	WebConfig string
	Prefix    Prefix
	// History is how long past bans count for escalation.
	History  time.Duration
	Limits   Limits
	Firewall Firewall
	// Notify is who is told of bans and troubles.
	Notify []notify.Target
	// Lookup is what is learnt of addresses from elsewhere; the zero value is nothing.
	Lookup lookup.Config
	// Report is how incidents are reported; nil is not at all.
	Report *report.Config
	// DryRun decides and logs, and leaves the kernel alone.
	DryRun bool
}

// Control is the socket that the daemon is asked through.
type Control struct {
	// Socket is its path, Group the group whose members may ask; empty is nobody.
	Socket, Group string
	// Set tells that somebody chose it, so that it must be had.
	Set bool
}

// Trust is a prefix whose messages are heard, with the name that metrics and
// logs know it by. An unnamed one is not shown by itself.
type Trust struct {
	Net  netip.Prefix
	Name string
}

// TLS says how tls:// listeners prove themselves and whom they let in.
type TLS struct {
	Cert, Key, ClientCA string
	PermittedPeers      []string
}

// Sets names the kernel's sets for IPv4; the IPv6 ones carry the suffix 6.
type Sets struct {
	Blacklist, Whitelist, Blackout string
	// Size is how many elements a blacklist holds.
	Size int
	// Comments writes the entry's name beside each element.
	Comments bool
}

// Prefix is how many bits of an address are counted and banned as one.
type Prefix struct {
	IPv4, IPv6 int
}

// Limits bounds what the network can make the program do.
type Limits struct {
	// BansPerSecond and Burst are the breaker: the rate of new bans that one
	// sender may cause by one entry. 0 is off.
	BansPerSecond, Burst int
	// Tracked is how many addresses are counted at once.
	Tracked int
	// Connections is how many TCP and TLS senders a listener holds.
	Connections int
	// Line is the longest message in bytes.
	Line int
	// Idle ends a connection that has brought no whole message for so long.
	Idle time.Duration
}

// Firewall is what the rules of syslog-blacklist firewall say beside the sets.
type Firewall struct {
	// Interfaces are where packets are dropped; none is everywhere but lo.
	Interfaces []string
	Bursts     []Burst
}

// Burst bans, without a log line, who opens connections to a port too fast.
type Burst struct {
	// Port is a number or a name of /etc/services; TCP.
	Port string
	// Count connections are allowed in Per, after a first Burst of them.
	Count int
	Per   time.Duration
	Burst int
	// Ban is for how long.
	Ban time.Duration
}

// Default returns the plumbing without any file: loopback listeners, real sets.
func Default() *Config {
	return &Config{
		Listen: []string{"udp://127.0.0.1:5514", "tcp://127.0.0.1:5514"},
		Rules:  "/etc/syslog-blacklist.conf",
		Sets: Sets{
			Blacklist: "blacklist", Whitelist: "whitelist", Blackout: "blackout",
			Size: 1 << 20, Comments: true,
		},
		State:   "/var/lib/syslog-blacklist",
		Control: Control{Socket: "/run/syslog-blacklist/control.sock", Group: "adm"},
		Web:     "127.0.0.1:9514",
		Prefix:  Prefix{IPv4: 32, IPv6: 64},
		History: 30 * 24 * time.Hour,
		Limits: Limits{
			BansPerSecond: 100, Burst: 20000, Tracked: 1_000_000,
			Connections: 512, Line: 64 << 10, Idle: 10 * time.Minute,
		},
	}
}
