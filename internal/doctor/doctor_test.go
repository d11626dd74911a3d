package doctor

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/firewall"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// healthy is a host where nothing is wrong.
func healthy() *Facts {
	heard := noon.Add(-time.Minute)
	return &Facts{
		Now: noon, Listen: []string{"udp://127.0.0.1:5514"},
		Forwards: []Forward{{Program: "rsyslog", File: "/etc/rsyslog.d/50-syslog-blacklist.conf"}},
		Status: &control.Status{
			PID: 7, Started: noon.Add(-time.Hour), Rules: control.Rules{File: "/etc/syslog-blacklist.conf", Entries: 2, LastReload: true},
			Listeners: []control.Listener{{URL: "udp://127.0.0.1:5514", Received: 9, Dropped: map[string]uint64{}}},
			Senders:   []control.Sender{{Name: "mail", Last: &heard}},
			Lists:     []control.List{{Directive: "always", Prefixes: 3}},
			Notify:    []control.Told{{Target: "chat", Sent: 2, Failed: 1}},
			Entries:   []control.Entry{{Name: "one", Hits: 3, LastHit: &heard}, {Name: "two"}},
		},
		Sets:         []Set{{Name: "blacklist", Entries: 5, Capacity: 100}, {Name: "blacklist6", Entries: 0, Capacity: 100}},
		Firewall:     []firewall.Status{{Family: firewall.IPv4, State: firewall.Present, Backend: "nft", Plain: "nft"}},
		State:        State{Path: "/var/lib/syslog-blacklist", User: "syslog-blacklist", Free: 1 << 30, Newest: noon},
		Synchronised: true,
	}
}

func TestNothingIsWrongWithAHealthyHost(t *testing.T) {
	for _, f := range Examine(healthy()) {
		if f.Level != Good || len(f.Mend) > 0 {
			t.Errorf("%+v", f)
		}
	}
}

func TestEachTroubleIsToldWithWhatMendsIt(t *testing.T) {
	long := noon.Add(-25 * time.Hour)
	later := noon.Add(time.Hour)
	for _, tt := range []struct {
		name string
		harm func(*Facts)
		want string
	}{
		{"no module", func(f *Facts) { f.Kernel, f.KernelHint = errors.New("no ipset"), "modprobe ip_set_hash_net" },
			"wrong kernel: no ipset [modprobe ip_set_hash_net]"},
		{"not root", func(f *Facts) { f.Kernel = errors.New("not permitted") },
			"unknown kernel: not permitted [sudo syslog-blacklist doctor]"},
		{"a clock set back", func(f *Facts) { f.State.Newest = later },
			"wrong clock: it was set back: the state was written at 2026-11-21 13:00:00 [timedatectl set-ntp true]"},
		{"a clock that nobody keeps", func(f *Facts) { f.Synchronised = false },
			"warning clock: nobody keeps it: the kernel says that it is not synchronised [timedatectl set-ntp true]"},
		{"a state that is not ours", func(f *Facts) { f.State.ReadOnly = true },
			"wrong state: /var/lib/syslog-blacklist can't be written by syslog-blacklist: a reboot forgets the bans [chown -R syslog-blacklist: /var/lib/syslog-blacklist]"},
		{"a full disk", func(f *Facts) { f.State.Free = 4096 },
			"wrong state: /var/lib/syslog-blacklist has 4 KiB left [df -h /var/lib/syslog-blacklist]"},
		{"faults", func(f *Facts) { f.Faults = []string{"a:1:1: x", "a:2:1: y"} },
			"wrong configuration: a:1:1: x\na:2:1: y [syslog-blacklist check]"},
		{"a file of rsyslog that can't be read", func(f *Facts) { f.ForwardsErr = errors.New("open x: permission denied") },
			"unknown syslog: open x: permission denied [sudo syslog-blacklist doctor]"},
		{"no snippet, while others send", func(f *Facts) { f.Forwards[0] = Forward{Program: "rsyslog", Mend: []string{"install it"}} },
			"warning syslog: rsyslog does not forward: none of its files names a listener [install it]"},
		{"a dry run", func(f *Facts) { f.Status.DryRun = true },
			"wrong daemon: it was started with --dry-run: nothing is written to the kernel [start it without --dry-run]"},
		{"an untrusted sender beside others", func(f *Facts) { f.Status.Listeners[0].Dropped["untrusted"] = 2 },
			"warning listener: udp://127.0.0.1:5514: 2 are of senders that trust: does not name [name the sender in trust: and restart the daemon]"},
		{"a silent sender", func(f *Facts) { f.Status.Senders[0].Last = &long },
			"warning sender: mail was last heard 2026-11-20 11:00:00 [look after its syslog daemon]"},
		{"no hit", func(f *Facts) { f.Status.Entries = nil },
			"warning rules: none of 2 entries of /etc/syslog-blacklist.conf has ever hit [syslog-blacklist explain 'LINE']"},
		{"a reload that failed", func(f *Facts) { f.Status.Rules.LastReload = false },
			"wrong rules: the last reload found faults: those of before are in force [syslog-blacklist check; syslog-blacklist reload]"},
		{"no rules", func(f *Facts) { f.Status.Rules.Entries = 0 },
			"wrong rules: /etc/syslog-blacklist.conf has no entries: nobody is ever banned [write an entry, or: use sshd]"},
		{"a list with a fault", func(f *Facts) { f.Status.Lists[0].Faults = []string{"/a:7: no address"} },
			"warning lists: always: /a:7: no address [mend the file: it is read again by itself, within seconds]"},
		{"a target that gave up", func(f *Facts) { f.Status.Notify[0].Dropped = 4 },
			"warning notify: chat was not told of 4 bans and troubles [journalctl -u syslog-blacklist | grep notify]"},
		{"a target that was never reached", func(f *Facts) { f.Status.Notify[0].Sent = 0 },
			"warning notify: chat could not be told so far, in 1 attempts [journalctl -u syslog-blacklist | grep notify]"},
		{"a report that was given up", func(f *Facts) { f.Status.Reports = &control.Reported{Dropped: 2, Sent: 1} },
			"warning reports: 2 reports were given up [syslog-blacklist report list   # and: report send ID]"},
		{"incidents that a restart forgets", func(f *Facts) { f.Status.Reports = &control.Reported{StoreErrors: 1} },
			"warning reports: 1 times an incident could not be written to disk [journalctl -u syslog-blacklist | grep report]"},
		{"a resolver that is away", func(f *Facts) {
			f.Status.Lookups = []control.Lookup{{Kind: "name", Questions: 7, Failed: 7}, {Kind: "contact", Questions: 7, Failed: 6}}
		}, "warning lookup: none of 7 questions for a name was answered [look after the nameservers of /etc/resolv.conf]"},
		{"a broken database", func(f *Facts) {
			f.Status.Databases = []control.Database{{Path: "/a.mmdb"}, {Path: "/b.mmdb", Fault: "no such file"}}
		}, "warning lookup: database /b.mmdb: no such file [put the publisher's file there, readable by the daemon's user: it is read again by itself, within seconds]"},
		{"a full set", func(f *Facts) { f.Sets[0].Entries = 100 },
			"wrong sets: blacklist is full: it holds 100 [raise size in sets: and restart the daemon]"},
		{"a set that is nearly full", func(f *Facts) { f.Sets[0].Entries = 90 },
			"warning sets: blacklist is nearly full: it holds 90 of 100 [raise size in sets: and restart the daemon]"},
		{"a rule of the administrator's own", func(f *Facts) {
			f.Firewall[0].State = firewall.Absent
			f.Sets[0].Drops, f.Sets[0].Used, f.Sets[0].Family = true, true, firewall.IPv4
		}, "warning firewall: IPv4: a rule of your own uses the blacklist; ours are absent []"},
		{"no iptables", func(f *Facts) {
			f.Firewall[0] = firewall.Status{Family: firewall.IPv4, State: firewall.Unavailable, Problem: errors.New("no iptables")}
		}, "wrong firewall: IPv4: unavailable; no iptables [apt install iptables   # or your distribution's command]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := healthy()
			tt.harm(f)
			var got []string
			for _, x := range Examine(f) {
				if x.Level != Good {
					got = append(got, fmt.Sprintf("%s %s: %s [%s]", x.Level, x.About, x.Found, strings.Join(x.Mend, "; ")))
				}
			}
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestForwardsAreFoundInTheSystemsFiles(t *testing.T) {
	listen := []string{"udp://127.0.0.1:5514", "unixgram:///run/sb.sock"}
	for _, tt := range []struct{ name, path, text, want string }{
		{"rsyslog's new form", "etc/rsyslog.d/50.conf", "action(type=\"omfwd\"\n target=\"127.0.0.1\" port=\"5514\")\n", "rsyslog /etc/rsyslog.d/50.conf"},
		{"rsyslog's old form", "etc/rsyslog.conf", "*.* @@127.0.0.1:5514\n", "rsyslog /etc/rsyslog.conf"},
		{"a comment", "etc/rsyslog.d/50.conf", "# *.* @127.0.0.1:5514\n", "rsyslog "},
		{"another port", "etc/rsyslog.d/50.conf", "*.* @127.0.0.1:15514\n", "rsyslog "},
		{"a socket", "etc/rsyslog.d/50.conf", "*.* :omuxsock:/run/sb.sock\n", "rsyslog /etc/rsyslog.d/50.conf"},
		{"syslog-ng", "etc/syslog-ng/conf.d/x.conf", "network(\"127.0.0.1\" port(5514));\n", "syslog-ng /etc/syslog-ng/conf.d/x.conf"},
		{"journald", "etc/systemd/journald.conf.d/x.conf", "[Journal]\nForwardToSyslog=yes\n", "journald /etc/systemd/journald.conf.d/x.conf"},
		{"journald that does not", "etc/systemd/journald.conf", "[Journal]\n#ForwardToSyslog=yes\n", "journald "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program, _, _ := strings.Cut(tt.want, " ")
			sign := map[string]string{"rsyslog": "etc/rsyslog.conf", "syslog-ng": "etc/syslog-ng/syslog-ng.conf", "journald": "run/systemd/journal/socket"}[program]
			root := fstest.MapFS{sign: {}}
			root[tt.path] = &fstest.MapFile{Data: []byte(tt.text)}
			got, err := LookForForwards(root, listen)
			if err != nil || len(got) != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
			if diff := cmp.Diff(tt.want, got[0].Program+" "+got[0].File); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestThePackagesSnippetIsNamedWhereThereIsOne(t *testing.T) {
	root := fstest.MapFS{"etc/rsyslog.conf": {}, "usr/share/syslog-blacklist/deploy/rsyslog/50-syslog-blacklist.conf": {}}
	got, err := LookForForwards(root, []string{"udp://127.0.0.1:5514"})
	want := "install -m 644 /usr/share/syslog-blacklist/deploy/rsyslog/50-syslog-blacklist.conf /etc/rsyslog.d/"
	if err != nil || len(got) != 1 || got[0].Mend[0] != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhoReadsFilesNeedsNoForwarding(t *testing.T) {
	f := healthy()
	f.Listen, f.Forwards = []string{"file:///var/log/auth.log"}, nil
	for _, x := range Examine(f) {
		if x.About == "syslog" && x.Level != Good {
			t.Errorf("%+v", x)
		}
	}
}
