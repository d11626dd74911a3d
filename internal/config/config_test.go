package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/mail"
	"syslog-blacklist/internal/notify"
	"syslog-blacklist/internal/report"
)

func prefixes(a, b netip.Prefix) bool { return a == b }

func TestEveryKeyIsUnderstood(t *testing.T) {
	text, err := os.ReadFile("testdata/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Parse("everything.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Listen: []string{"udp://0.0.0.0:514", "tls://[::]:6514"},
		Trust: []config.Trust{
			{Net: netip.MustParsePrefix("127.0.0.0/8")},
			{Net: netip.MustParsePrefix("::1/128")},
			{Net: netip.MustParsePrefix("192.0.2.7/32"), Name: "mail"},
		},
		TrustUsers: true,
		TLS:        config.TLS{Cert: "/c.pem", Key: "/k.pem", ClientCA: "/ca.pem", PermittedPeers: []string{"*.example.org"}},
		Rules:      "/r.conf", RulesSet: true,
		Sets:      config.Sets{Blacklist: "b", Whitelist: "w", Blackout: "o", Size: 65536},
		State:     "/s",
		Control:   config.Control{Socket: "/c.sock", Group: "ops", Set: true},
		Web:       "127.0.0.1:1",
		WebConfig: "/w.yaml",
		Prefix:    config.Prefix{IPv4: 24, IPv6: 56},
		History:   7 * 24 * time.Hour,
		Limits: config.Limits{BansPerSecond: 5, Burst: 10, Tracked: 5000, Connections: 9,
			Line: 8 << 10, Idle: time.Minute},
		Firewall: config.Firewall{
			Interfaces: []string{"eth0"},
			Bursts:     []config.Burst{{Port: "pop3", Count: 6, Per: time.Minute, Burst: 8, Ban: 10 * time.Minute}},
		},
		Notify: []notify.Target{
			{Name: "chat", Bans: true, Every: 5 * time.Minute, URLFile: "/u", Template: `{"content": {{json .Text}}}`},
			{Name: "ops", Bans: true, Troubles: true, Every: time.Minute, Mail: &mail.Relay{
				Server: "192.0.2.25:587", TLS: "starttls", User: "guard", PasswordFile: "/p",
				From: "guard@example.org", To: []string{"ops@example.org"}}},
			{Name: "local", Troubles: true, Every: time.Minute, Mail: &mail.Relay{
				Server: "localhost:25", TLS: "off", From: "guard@example.org", To: []string{"root@example.org"}}},
			{Name: "pager", Bans: true, Troubles: true, Every: time.Minute, Command: []string{"/usr/bin/page", "-x"}},
		},
		Lookup: lookup.Config{Names: true, Databases: []string{"/country.mmdb", "/asn.mmdb"}, RDAP: "/rdap"},
		Report: &report.Config{
			Organisation: "Example", Contact: "abuse@example.org", System: "a web server", Automatically: true,
			Wait: 2 * time.Hour, Lines: 5, Allow: []string{"user"},
			Mail:      &mail.Relay{Server: "localhost:25", TLS: "off", From: "abuse@example.org", To: []string{"admin@example.org"}},
			Desks:     []report.Desk{{Net: netip.MustParsePrefix("203.0.113.0/24"), To: []string{"noc@example.net"}}},
			Form:      &report.Form{To: []string{"desk@example.org"}, Charset: "iso-2022-jp"},
			AbuseIPDB: &report.AbuseIPDB{KeyFile: "/k", URL: report.DefaultAbuseIPDB},
		},
		DryRun: true,
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(prefixes)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAnEmptyFileIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "{}", "listen:\n"} {
		got, err := config.Parse("x", []byte(text))
		if text == "listen:\n" { // a key without a value is a mistake, not a default
			if err == nil {
				t.Errorf("%q: no fault", text)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(config.Default(), got, cmp.Comparer(prefixes)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}

func TestAMissingFileIsTheDefaultUnlessItWasNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	_, err := config.Load(path)
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Load(%s) = %v, want an error that names it", path, err)
	}
}

func TestEveryFaultIsReportedAtOnceWithItsPlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"an unknown key", "listen: []\nlisen: []\n",
			`f.yaml:2:1: unknown key "lisen" in the configuration; known are control, dry_run, firewall, history, limits, listen, lookup, notify, prefix, report, rules, sets, state, tls, trust, trust_users, web, web_config`},
		{"a key twice", "web: off\nweb: off\n", `f.yaml:2:1: key "web" stands twice in the configuration`},
		{"two faults", "dry_run: perhaps\nlimits: {tracked: 1}\n",
			"f.yaml:1:10: true or false is wanted here, not \"perhaps\"\n" +
				`f.yaml:2:19: a number from 1000 to 67108864 is wanted here, not "1"`},
		{"a set name that is too long", "sets: {blacklist: an-extraordinarily-long-name}\n",
			`f.yaml:1:19: set name "an-extraordinarily-long-name" is too long: 28 bytes, at most 26`},
		{"a set name with a quote", "sets: {blacklist: 'a\"b'}\n",
			`f.yaml:1:19: set name "a\"b": letters, digits, dot, dash and underscore are wanted`},
		{"two sets of one name", "sets: {blacklist: a, whitelist: a}\n", `f.yaml:1:7: the sets must have different names`},
		{"host bits", "trust: [192.0.2.7/24]\n", `f.yaml:1:9: prefix 192.0.2.7/24 has bits beyond its length; write 192.0.2.0/24`},
		{"no address", "trust: [mail.example.org]\n",
			`f.yaml:1:9: an address or a prefix such as 192.0.2.0/24 is wanted here, not "mail.example.org"`},
		{"a sender without net", "trust: [{name: mail}]\n",
			`f.yaml:1:9: an entry of trust needs the key net: the sender's address or prefix`},
		{"a certificate without key", "tls: {cert: c}\n", `f.yaml:1:6: tls needs both cert and key`},
		{"peers without an authority", "tls: {cert: c, key: k, permitted_peers: [a]}\n",
			`f.yaml:1:6: permitted_peers needs client_ca: without it no peer proves its name`},
		{"a list that is none", "listen: udp://127.0.0.1:514\n", `f.yaml:1:9: listen must be a list`},
		{"a duration of zero", "history: 0\n", `f.yaml:1:10: a duration such as 10m, at most 87600h0m0s, is wanted here, not "0"`},
		{"a size beyond its cap", "limits: {line: 2MiB}\n",
			`f.yaml:1:16: a size from 1024 to 1048576 bytes, such as 64KiB, is wanted here, not "2MiB"`},
		{"a web address without port", "web: localhost\n",
			`f.yaml:1:6: an address such as 127.0.0.1:9514, or off, is wanted here, not "localhost"`},
		{"a burst without ban", "firewall: {bursts: [{port: 110, rate: 6/minute, burst: 8}]}\n",
			`f.yaml:1:21: an entry of bursts needs port, rate, burst and ban`},
		{"a rate without unit", "firewall: {bursts: [{port: 110, rate: 6, burst: 8, ban: 10m}]}\n",
			`f.yaml:1:39: a rate such as 6/minute (second, minute, hour, day) is wanted here, not "6"`},
		{"an interface that would be a flag", "firewall: {interfaces: [-j]}\n",
			`f.yaml:1:11: interface name "-j": 1 to 15 characters without blanks, quotes and slashes are wanted`},
		{"a relative control socket", "control: control.sock\n",
			`f.yaml:1:10: control socket "control.sock": an absolute path of at most 107 bytes is wanted`},
		{"a target twice", "notify:\n- {name: x, command: [/x]}\n- {name: x, command: [/x]}\n",
			`f.yaml:3:3: the name "x" stands twice in notify`},
		{"a target for what is not told", "notify: [{name: x, for: [hits], command: [/x]}]\n",
			`f.yaml:1:26: bans or troubles is wanted here, not "hits"`},
		{"a target without a way", "notify: [{name: x}]\n",
			`f.yaml:1:10: target "x" needs one of url, url_file, mail and command`},
		{"a template that does not escape", "notify: [{name: x, url: 'http://192.0.2.1', template: '{\"text\": \"{{.Text}}\"}'}]\n",
			`f.yaml:1:10: target "x": template: what it makes is no JSON; write texts as {{json .Text}}, without quotes around it`},
		{"an unknown key of a mail", "notify: [{name: x, mail: {host: localhost}}]\n",
			`f.yaml:1:27: unknown key "host" in mail; known are from, password_file, server, tls, to, user`},
		{"a database that is looked for elsewhere", "lookup:\n  databases: [country.mmdb]\n",
			`f.yaml:2:15: an absolute path is wanted here, not "country.mmdb"`},
		{"a database twice", "lookup: {databases: [/a.mmdb, /a.mmdb]}\n", `f.yaml:1:31: database /a.mmdb stands twice`},
		{"names of another kind", "lookup: {names: [a], rdap: {}}\n",
			"f.yaml:1:17: true or false is wanted here, not \"\"\nf.yaml:1:28: a text is wanted here"},
		{"a report of nobody", "report: {contact: a@example.org}\n", `f.yaml:1:9: report needs organisation: who reports, in one line`},
		{"a contact with a name", "report: {organisation: x, contact: 'A <a@example.org>'}\n",
			`f.yaml:1:9: report needs contact: a bare mail address such as abuse@example.org, not "A <a@example.org>"`},
		{"reports that nobody reviews", "report: {organisation: x, contact: a@example.org, send: automatically, abuseipdb: {key_file: /k}}\n",
			`f.yaml:1:9: send: automatically needs mail: each report goes to yourself first`},
		{"reports that go nowhere", "report: {organisation: x, contact: a@example.org}\n", `f.yaml:1:9: report needs mail or abuseipdb: a way to send`},
		{"a third way to send", "report: {send: always}\n", `f.yaml:1:16: review or automatically is wanted here, not "always"`},
		{"a desk without address", "report: {organisation: x, contact: a@example.org, abuseipdb: {key_file: /k}, desks: [{net: 192.0.2.0/24}]}\n",
			`f.yaml:1:9: an entry of desks needs net and to`},
		{"no mapping", "- a\n", `f.yaml:1:1: the configuration must be a mapping of keys to values`},
		{"an address that YAML cannot read", "web: off\ntrust: [::1]\n",
			`f.yaml:2:1: did not find expected node content (an address that begins with a colon needs quotes inside brackets: ["::1"])`},
		{"no YAML", "a: b: c\n", `f.yaml:1:1: mapping values are not allowed in this context`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("f.yaml", []byte(tt.text))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("listen: [udp://127.0.0.1:1]\ntrust: [{net: 192.0.2.7, name: mail}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse("f", text)
		if (c == nil) == (err == nil) {
			t.Errorf("config %v and error %v: one of the two is wanted", c, err)
		}
	})
}
