package firewall

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRulesOfBothFamilies(t *testing.T) {
	cfg := config()
	cfg.Interfaces = []string{"eth0", "ppp+"}
	cfg.Bursts = append(cfg.Bursts, Burst{Port: "2525", Count: 120, Per: time.Hour, Burst: 5, Ban: 1500 * time.Millisecond})
	for f, want := range map[Family]string{
		IPv4: `*raw
:SYSLOG-BLACKLIST - [0:0]
-I PREROUTING 1 -i eth0 -j SYSLOG-BLACKLIST
-I PREROUTING 2 -i ppp+ -j SYSLOG-BLACKLIST
-A SYSLOG-BLACKLIST -i lo -j RETURN
-A SYSLOG-BLACKLIST -m set --match-set whitelist src -j RETURN
-A SYSLOG-BLACKLIST -m set --match-set blackout src -j DROP
-A SYSLOG-BLACKLIST -m set --match-set blacklist src -j DROP
-A SYSLOG-BLACKLIST -m set --match-set burst src -j DROP
-A SYSLOG-BLACKLIST -p tcp -m tcp --dport 110 --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 6/min --hashlimit-burst 8 --hashlimit-mode srcip --hashlimit-name burst-110-6min-8-32-600 --hashlimit-htable-max 262144 -j SET --add-set burst src --timeout 600
-A SYSLOG-BLACKLIST -p tcp -m tcp --dport 2525 --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 2/min --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name burst-2525-2min-5-32-2 --hashlimit-htable-max 262144 -j SET --add-set burst src --timeout 2
-A SYSLOG-BLACKLIST -m set --match-set burst src -j DROP
COMMIT
`,
		IPv6: `*raw
:SYSLOG-BLACKLIST - [0:0]
-I PREROUTING 1 -i eth0 -j SYSLOG-BLACKLIST
-I PREROUTING 2 -i ppp+ -j SYSLOG-BLACKLIST
-A SYSLOG-BLACKLIST -i lo -j RETURN
-A SYSLOG-BLACKLIST -p ipv6-icmp -m icmp6 --icmpv6-type 133 -m hl --hl-eq 255 -j RETURN
-A SYSLOG-BLACKLIST -p ipv6-icmp -m icmp6 --icmpv6-type 134 -m hl --hl-eq 255 -j RETURN
-A SYSLOG-BLACKLIST -p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255 -j RETURN
-A SYSLOG-BLACKLIST -p ipv6-icmp -m icmp6 --icmpv6-type 136 -m hl --hl-eq 255 -j RETURN
-A SYSLOG-BLACKLIST -p ipv6-icmp -m icmp6 --icmpv6-type 137 -m hl --hl-eq 255 -j RETURN
-A SYSLOG-BLACKLIST -m set --match-set whitelist6 src -j RETURN
-A SYSLOG-BLACKLIST -m set --match-set blackout6 src -j DROP
-A SYSLOG-BLACKLIST -m set --match-set blacklist6 src -j DROP
-A SYSLOG-BLACKLIST -m set --match-set burst6 src -j DROP
-A SYSLOG-BLACKLIST -p tcp -m tcp --dport 110 --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 6/min --hashlimit-burst 8 --hashlimit-mode srcip --hashlimit-name burst-110-6min-8-64-600 --hashlimit-htable-max 262144 --hashlimit-srcmask 64 -j SET --add-set burst6 src --timeout 600
-A SYSLOG-BLACKLIST -p tcp -m tcp --dport 2525 --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 2/min --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name burst-2525-2min-5-64-2 --hashlimit-htable-max 262144 --hashlimit-srcmask 64 -j SET --add-set burst6 src --timeout 2
-A SYSLOG-BLACKLIST -m set --match-set burst6 src -j DROP
COMMIT
`,
	} {
		got, err := Rules(cfg, f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f, diff)
		}
	}
}

func TestRulesWithoutBurstsAndInterfacesNeedNeither(t *testing.T) {
	got, err := Rules(Config{Sets: Names{Blacklist: "bad", Whitelist: "good", Blackout: "worst"}}, IPv4)
	want := `*raw
:SYSLOG-BLACKLIST - [0:0]
-I PREROUTING 1 -j SYSLOG-BLACKLIST
-A SYSLOG-BLACKLIST -i lo -j RETURN
-A SYSLOG-BLACKLIST -m set --match-set good src -j RETURN
-A SYSLOG-BLACKLIST -m set --match-set worst src -j DROP
-A SYSLOG-BLACKLIST -m set --match-set bad src -j DROP
COMMIT
`
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestFaultsOfTheConfigurationAreNamed(t *testing.T) {
	burst := func(change func(*Burst)) func(*Config) {
		return func(c *Config) { change(&c.Bursts[0]) }
	}
	const onPop3 = `make firewall rules: burst on port "pop3": `
	const badInterface = ": not a name that iptables takes: 1 to 15 letters, digits and _.@:-, with a + at most at the end"
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"a newline in an interface": {func(c *Config) { c.Interfaces = []string{"eth0\n-F"} }, `make firewall rules: interface "eth0\n-F"` + badInterface},
		"an option as an interface": {func(c *Config) { c.Interfaces = []string{"-F"} }, `make firewall rules: interface "-F"` + badInterface},
		"a long interface":          {func(c *Config) { c.Interfaces = []string{"interface0123456"} }, `make firewall rules: interface "interface0123456"` + badInterface},
		"an interface twice":        {func(c *Config) { c.Interfaces = []string{"b", "a", "b"} }, `make firewall rules: interfaces ["b" "a" "b"]: one is named twice`},
		"no set":                    {func(c *Config) { c.Sets.Burst = "" }, `make firewall rules: set "": want 1 to 30 letters, digits and _.:-, not beginning with a hyphen`},
		"a set with a blank":        {func(c *Config) { c.Sets.Blackout = "a b" }, `make firewall rules: set "a b": want 1 to 30 letters, digits and _.:-, not beginning with a hyphen`},
		"no prefix":                 {func(c *Config) { c.Prefix6 = 0 }, "make firewall rules: prefixes /32 and /0: want 1 to 32 for IPv4 and 1 to 128 for IPv6"},
		"an unknown port":           {burst(func(b *Burst) { b.Port = "no such" }), `make firewall rules: burst on port "no such": no TCP port of that number or name in /etc/services`},
		"port 0":                    {burst(func(b *Burst) { b.Port = "0" }), `make firewall rules: burst on port "0": no TCP port of that number or name in /etc/services`},
		"an odd unit":               {burst(func(b *Burst) { b.Per = 2 * time.Minute }), onPop3 + "a rate by 2m0s: want one by second, minute, hour or day"},
		"no rate":                   {burst(func(b *Burst) { b.Count = 0 }), onPop3 + "a rate of 0: want 1 to 1000; take another unit"},
		"no burst":                  {burst(func(b *Burst) { b.Burst = 0 }), onPop3 + "a burst of 0: want 1 to 1000000"},
		"a burst beyond a day":      {burst(func(b *Burst) { b.Per, b.Burst = time.Hour, 145 }), onPop3 + "a burst of 145 at 6 in 1h0m0s: regaining it would take longer than a day, which the kernel refuses"},
		"no ban":                    {burst(func(b *Burst) { b.Ban = 0 }), onPop3 + "a ban of 0s: want more than 0 and 596h31m23s at most"},
		"a burst twice":             {func(c *Config) { c.Bursts = append(c.Bursts, c.Bursts[0]); c.Bursts[0].Port = "110" }, onPop3 + "listed twice, which would count every connection twice"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			c.change(&cfg)
			if _, err := Rules(cfg, IPv6); err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		})
	}
}
