package daemon

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

func TestALineBecomesAnElementWithTimeoutAndComment(t *testing.T) {
	r := start(t, configuration(t, testRules))
	r.send("long from 203.0.113.9")
	options := r.listed("blacklist", "203.0.113.9")
	if s := timeoutOf(t, options); s < 12*3600-30 || s > 12*3600 {
		t.Errorf("timeout is %d s, want 12 h", s)
	}
	if !strings.Contains(options, `comment "long"`) {
		t.Errorf("options are %q, want the entry's name as comment", options)
	}
	r.until("the log line", func() bool {
		return strings.Contains(r.log.String(), `msg="blacklisting 203.0.113.9 for long" duration=12h until=`)
	})
	for _, want := range []string{"nth=1", "sender=127.0.0.1", `line="sshd[7]: long from 203.0.113.9"`} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, r.log)
		}
	}
}

func TestIPv6IsBannedBySixtyFour(t *testing.T) {
	r := start(t, configuration(t, testRules))
	r.send("long from 2001:db8:1:2:3::9")
	r.listed("blacklist6", "2001:db8:1:2::/64")
	r.send("long from ::ffff:203.0.113.7")
	r.listed("blacklist", "203.0.113.7")
}

func TestABanIsNeverShortened(t *testing.T) {
	r := start(t, configuration(t, testRules))
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	r.send("short from 203.0.113.9")
	r.settled()
	if s := timeoutOf(t, r.listed("blacklist", "203.0.113.9")); s < 3600 {
		t.Errorf("timeout is %d s: the short ban shortened the long one", s)
	}
	r.send("short from 203.0.113.10")
	r.listed("blacklist", "203.0.113.10")
	r.send("long from 203.0.113.10")
	r.until("a longer ban", func() bool { return timeoutOf(t, members(t, "blacklist")["203.0.113.10"]) > 3600 })
}

func TestTheDaemonsOwnLinesDoNothing(t *testing.T) {
	c := configuration(t, `
[any]
1m
: .*from {IP_NUMBER}`+"\n"+testRules)
	r := start(t, c)
	own := string(r.handler.own)
	for _, line := range []string{
		"<30>Nov 21 10:00:00 host " + own + ` blacklisting 203.0.113.9 for any line="sshd[7]: x from 203.0.113.9"`,
		"<30>Nov 21 10:00:00 " + own + " long from 203.0.113.9",
		fmt.Sprintf("<30>1 2026-11-21T10:00:00Z host syslog-blacklist %d - - x from 203.0.113.9", os.Getpid()),
	} {
		if _, err := r.conn.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	r.settled()
	if _, there := members(t, "blacklist")["203.0.113.9"]; there {
		t.Error("a line of the daemon's own banned somebody")
	}
	// Another process of that name is an ordinary program.
	if _, err := r.conn.Write([]byte("<30>Nov 21 10:00:00 host syslog-blacklist[1]: x from 203.0.113.9")); err != nil {
		t.Fatal(err)
	}
	r.listed("blacklist", "203.0.113.9")
}

func TestStoppingLeavesTheBansAndStartingTakesThemOver(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	r.end()
	if _, there := members(t, "blacklist")["203.0.113.9"]; !there {
		t.Fatal("stopping lifted the ban")
	}
	kerneltest.Run(t, "ipset", "add", "blacklist", "203.0.113.10", "timeout", "500") // somebody's own, without comment

	c.State = t.TempDir() // nothing on disk: only the kernel remembers
	r = start(t, c)
	r.send("short from 203.0.113.9")
	r.settled()
	if s := timeoutOf(t, r.listed("blacklist", "203.0.113.9")); s < 3600 {
		t.Errorf("timeout is %d s: the ban in the kernel was not taken over", s)
	}
	if got := r.ledger.Stats().BansActive; got != 2 { // and the marker
		t.Errorf("%d bans are known, want the one taken over and the marker", got)
	}
}

func TestTheLastHitsBeforeAStopAreWritten(t *testing.T) {
	r := start(t, configuration(t, testRules))
	for range 200 {
		marks.n++
		r.send("long from 198.19.%d.%d", marks.n/256, marks.n%256)
	}
	r.until("all received", func() bool { return r.listeners[0].Stats().Received == 200 })
	r.end()
	if got := len(members(t, "blacklist")); got != 200 {
		t.Errorf("%d elements after the stop, want 200", got)
	}
}

func TestAlwaysStandsInTheBlackoutListAndNeverInTheWhitelist(t *testing.T) {
	c := configuration(t, "always 198.51.100.7 2001:db8:bad::/48\nnever 192.0.2.0/24\n"+testRules)
	r := start(t, c)
	if options := r.listed("blackout", "198.51.100.7"); !strings.HasPrefix(options, "timeout 0 ") {
		t.Errorf("options are %q, want no end", options)
	}
	r.listed("blackout6", "2001:db8:bad::/48")
	r.listed("whitelist", "192.0.2.0/24")

	writeRules(t, c, testRules)
	if _, err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.gone("blackout", "198.51.100.7")
	r.gone("whitelist", "192.0.2.0/24")
}

func TestADryRunLeavesTheKernelAlone(t *testing.T) {
	c := configuration(t, testRules)
	c.DryRun = true
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.until("the ban", func() bool { return strings.Contains(r.log.String(), "blacklisting 203.0.113.9 for long") })
	if out := kerneltest.Run(t, "ipset", "list", "-name"); out != "" {
		t.Errorf("a dry run made sets: %s", out)
	}
}
