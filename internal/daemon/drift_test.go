package daemon

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/rules"
)

func TestWhatSomebodyTookOutOfTheSetsIsWrittenAgain(t *testing.T) {
	for name, drift := range map[string]func(){
		"ipset flush":         func() { kerneltest.Run(t, "ipset", "flush") },
		"ipset del":           func() { kerneltest.Run(t, "ipset", "del", "blacklist", "203.0.113.9") },
		"ipset destroy":       func() { kerneltest.Run(t, "ipset", "destroy") },
		"a shortened timeout": func() { kerneltest.Run(t, "ipset", "add", "-exist", "blacklist", "203.0.113.9", "timeout", "100") },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, configuration(t, "never 192.0.2.1\n"+testRules))
			r.send("long from 203.0.113.9")
			r.listed("blacklist", "203.0.113.9")
			r.listed("whitelist", "192.0.2.1")
			drift()
			r.enforcer.compareSoon()
			r.until("the ban in force again", func() bool {
				sets := kerneltest.Run(t, "ipset", "list", "-name")
				if !strings.Contains(sets, "blacklist\n") || !strings.Contains(sets, "whitelist\n") {
					return false
				}
				options, ok := members(t, "blacklist")["203.0.113.9"]
				return ok && timeoutOf(t, options) > 3600
			})
			r.listed("whitelist", "192.0.2.1")
		})
	}
}

func TestElementsOfOthersAreLeftAlone(t *testing.T) {
	r := start(t, configuration(t, testRules))
	kerneltest.Run(t, "ipset", "add", "blacklist", "203.0.113.50", "timeout", "500")
	kerneltest.Run(t, "ipset", "add", "whitelist", "203.0.113.51", "timeout", "0", "comment", "mine")
	r.compared()
	r.listed("blacklist", "203.0.113.50")
	r.listed("whitelist", "203.0.113.51")
	kerneltest.Run(t, "ipset", "del", "blacklist", "203.0.113.50")
	r.compared()
	if _, back := members(t, "blacklist")["203.0.113.50"]; back {
		t.Error("an element of somebody else's came back after he deleted it")
	}
}

// compared waits until a comparison that began after now has mended the sets.
func (r *running) compared() {
	r.t.Helper()
	r.send("long from 203.0.113.99")
	r.listed("blacklist", "203.0.113.99")
	kerneltest.Run(r.t, "ipset", "del", "blacklist", "203.0.113.99")
	r.enforcer.compareSoon()
	r.listed("blacklist", "203.0.113.99")
}

func TestAFullSetIsReportedAndFilledWhenThereIsRoom(t *testing.T) {
	c := configuration(t, testRules)
	c.Sets.Size = 1024
	r := start(t, c)
	filler := kerneltestRestore(t, "blacklist", 1024)
	r.send("long from 203.0.113.9")
	r.until("the report", func() bool { return strings.Contains(r.log.String(), "set blacklist is full") })
	if strings.Contains(r.log.String(), "blacklisting 203.0.113.9") {
		t.Error("a ban was told that is not in force")
	}
	if r.enforcer.errors.snapshot()["full"] == 0 {
		t.Error("the full set is not counted")
	}
	for _, addr := range filler[:100] {
		kerneltest.Run(t, "ipset", "del", "blacklist", addr)
	}
	r.enforcer.compareSoon()
	r.listed("blacklist", "203.0.113.9")
	r.until("the ban told, now that it is in force", func() bool {
		return strings.Count(r.log.String(), "blacklisting 203.0.113.9 for long") == 1
	})
}

func TestABanOfAPauseIsToldWhenItComesIntoForce(t *testing.T) {
	r := start(t, configuration(t, testRules))
	do := func(order control.Order) {
		if _, err := r.operator.Do(t.Context(), order); err != nil {
			t.Fatal(err)
		}
	}
	do(control.Order{Verb: control.Pause, For: "1h"})
	r.send("long from 203.0.113.9")
	r.until("the pause told", func() bool { return strings.Contains(r.log.String(), "paused, not blacklisting 203.0.113.9") })
	do(control.Order{Verb: control.Resume})
	r.listed("blacklist", "203.0.113.9")
	r.until("the ban told", func() bool { return strings.Contains(r.log.String(), `msg="blacklisting 203.0.113.9 for long`) })
}

func TestARestartGivesAFullSetTheSizeThatWasRaised(t *testing.T) {
	kerneltest.Require(t, "iptables")
	c := configuration(t, testRules)
	c.Sets.Size = 1024
	r := start(t, c)
	kerneltestRestore(t, "blacklist", 1024)
	kerneltest.Run(t, "iptables", "-t", "raw", "-A", "PREROUTING", "-m", "set", "--match-set", "blacklist", "src", "-j", "DROP")
	t.Cleanup(func() { kerneltest.Run(t, "iptables", "-t", "raw", "-F") })
	held := len(members(t, "blacklist"))
	r.end()
	c.Sets.Size = 8192
	r = start(t, c)
	if n := len(members(t, "blacklist")); n != held {
		t.Errorf("%d elements after the restart, %d before", n, held)
	}
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
}

// kerneltestRestore fills a set until it takes no more, and returns what it holds.
func kerneltestRestore(t *testing.T, set string, n int) (added []string) {
	t.Helper()
	k := newTestKernel(t)
	for i := range 4 * n {
		addr := netip.AddrFrom4([4]byte{100, 64, byte(i >> 8), byte(i)})
		if _, err := k.Add(set, oneElement(addr)); err != nil {
			return added
		}
		added = append(added, addr.String())
	}
	t.Fatalf("set %s took %d elements and is not full", set, len(added))
	return nil
}

func TestABanBeyondTheKernelsLongestTimeoutIsArmedAgain(t *testing.T) {
	c := configuration(t, "[forever]\nforever\n^sshd\\[\\d+\\]: ever from {IP_NUMBER}$\n[weeks]\n8w\n^sshd\\[\\d+\\]: weeks from {IP_NUMBER}$\n"+testRules)
	r := start(t, c)
	r.send("ever from 203.0.113.9")
	r.send("weeks from 203.0.113.10")
	if options := r.listed("blacklist", "203.0.113.9"); timeoutOf(t, options) != 0 {
		t.Errorf("for ever is %q", options)
	}
	if s := timeoutOf(t, r.listed("blacklist", "203.0.113.10")); s < 2147483-30 || s > 2147483 {
		t.Errorf("timeout is %d s, want the kernel's longest", s)
	}
	// As if most of it had passed while the ledger knows of five weeks more.
	kerneltest.Run(t, "ipset", "add", "-exist", "blacklist", "203.0.113.10", "timeout", "3600")
	r.enforcer.compareSoon()
	r.until("armed again", func() bool { return timeoutOf(t, members(t, "blacklist")["203.0.113.10"]) > 2_000_000 })
}

func TestTheKernelTimeoutIsShortOnlyBeyondTheSlack(t *testing.T) {
	for _, tt := range []struct {
		kernel, remaining int // seconds
		want              bool
	}{
		{0, 100, false}, {100, 100, false}, {41, 100, false}, {39, 100, true},
		{2147483, 9_000_000, false}, {2147483 - 61, 9_000_000, true},
	} {
		if got := short(seconds(tt.kernel), seconds(tt.remaining)); got != tt.want {
			t.Errorf("short(%d s, %d s) = %v", tt.kernel, tt.remaining, got)
		}
	}
	if !short(seconds(100), rules.Forever) || short(0, rules.Forever) {
		t.Error("for ever in the ledger wants for ever in the kernel")
	}
}

func TestAThousandBansAtOnceAreSummedUpInTheLog(t *testing.T) {
	r := start(t, configuration(t, testRules))
	for i := range 1000 {
		r.send("long from 198.51.%d.%d", 100+i/256, i%256)
	}
	r.until("all in force", func() bool { return r.ledger.Stats().BansActive == 1000 && len(members(t, "blacklist")) == 1000 })
	var told, sum int
	r.until("every ban told, one by one or in a sum", func() bool {
		told, sum = strings.Count(r.log.String(), "msg=\"blacklisting 198.51."), 0
		for line := range strings.Lines(r.log.String()) {
			var n int
			if i := strings.Index(line, "msg=\"blacklisting "); i >= 0 && strings.Contains(line, "more addresses for long") {
				fmt.Sscanf(line[i:], "msg=\"blacklisting %d more", &n)
			}
			sum += n
		}
		return told+sum == 1000
	})
	if told < announceRate || sum == 0 {
		t.Errorf("%d bans were told one by one and %d in sums", told, sum)
	}
}

func TestAnAdoptedElementKeepsItsEntrysName(t *testing.T) {
	c := configuration(t, testRules)
	kerneltest.Run(t, "ipset", "create", "blacklist", "hash:net", "timeout", "0", "counters", "comment", "maxelem", "4096")
	kerneltest.Run(t, "ipset", "add", "blacklist", "203.0.113.9", "timeout", "5000", "comment", "long")
	r := start(t, c)
	b, ok := r.ledger.Lookup(now(), ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32"))
	if !ok || b.Entry != "long" || b.Origin != ledger.ByKernel {
		t.Errorf("adopted as %+v, %v", b, ok)
	}
}

func TestOnlyElementsWithAnEntrysNameAreAdopted(t *testing.T) {
	c := configuration(t, testRules)
	kerneltest.Run(t, "ipset", "create", "blacklist", "hash:net", "timeout", "0", "counters", "comment", "maxelem", "4096")
	kerneltest.Run(t, "ipset", "add", "blacklist", "203.0.113.9", "timeout", "5000", "comment", "somebody's own")
	r := start(t, c)
	if b, ok := r.ledger.Lookup(now(), ledger.Blacklist, netip.MustParsePrefix("203.0.113.9/32")); ok {
		t.Errorf("adopted as %+v", b)
	}
	r.listed("blacklist", "203.0.113.9")
}
