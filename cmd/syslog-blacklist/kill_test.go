package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"syslog-blacklist/internal/kerneltest"
)

var announced = regexp.MustCompile(`blacklisting (\S+) for `)

func TestKilledAtAnyMomentNoBanIsLostDoubledOrForEver(t *testing.T) {
	kerneltest.Require(t, "ipset")
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	rules := file(t, "rules.conf", "[load]\n1h\n^sshd\\[\\d+\\]: load from {IP_NUMBER}$\n")
	conf := file(t, "conf.yaml", "state: "+t.TempDir()+"\nsets: {size: 262144}\nweb: off\nlimits: {bans_per_second: 0}\n")
	begun := map[string]bool{} // addresses whose ban was told
	stop := load(t)
	const rounds = 50
	for round := range rounds {
		d := launch(t, program(t, "syslog-blacklist"), "run", "--config", conf, "--rules", rules, "--log-format", "json")
		d.says("bans in force")
		time.Sleep(time.Duration(rand.Intn(100)) * time.Millisecond) // the random moment, not a synchronisation
		if round == rounds-1 {
			stop()
			agree(t, conf)
			d.stop(syscall.SIGTERM)
		} else {
			d.stop(syscall.SIGKILL)
		}
		for _, m := range announced.FindAllStringSubmatch(d.String(), -1) {
			begun[m[1]] = true
		}
	}
	seen := map[string]bool{}
	for line := range strings.Lines(kerneltest.Run(t, "ipset", "save", "blacklist")) {
		var addr string
		var timeout int
		if n, _ := fmt.Sscanf(line, "add blacklist %s timeout %d", &addr, &timeout); n != 2 {
			continue
		}
		seen[addr] = true
		if timeout < 3500 || timeout > 3600 {
			t.Errorf("%s has a timeout of %d s, want an hour", addr, timeout)
		}
	}
	for addr := range begun {
		if !seen[addr] {
			t.Errorf("the ban of %s was told and is not in the kernel", addr)
		}
	}
	if len(begun) < rounds*5 {
		t.Errorf("only %d bans were told: there was no load", len(begun))
	}
	t.Logf("%d bans told, %d elements", len(begun), len(seen))
}

// agree waits until the daemon and the kernel name the same addresses.
func agree(t *testing.T, conf string) {
	t.Helper()
	until(t, "ledger and kernel agree", func() bool {
		var told []struct{ Address string }
		if err := json.Unmarshal([]byte(kerneltest.Run(t, program(t, "syslog-blacklist"), "list", "--json", "--config", conf)), &told); err != nil {
			t.Fatal(err)
		}
		saved := kerneltest.Run(t, "ipset", "save", "blacklist")
		for _, e := range told {
			if !strings.Contains(saved, "add blacklist "+e.Address+" ") {
				return false
			}
		}
		return len(told) > 0 && strings.Count(saved, "add blacklist ") == len(told)
	})
}

func TestAfterAPowerCutABanOlderThanASecondIsBack(t *testing.T) {
	kerneltest.Require(t, "ipset")
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	rules := file(t, "rules.conf", "[load]\n1h\n^sshd\\[\\d+\\]: load from {IP_NUMBER}$\n")
	conf := file(t, "conf.yaml", "state: "+t.TempDir()+"\nsets: {size: 4096}\nweb: off\n")
	run := func() *process {
		d := launch(t, program(t, "syslog-blacklist"), "run", "--config", conf, "--rules", rules)
		d.says("bans in force")
		return d
	}
	d := run()
	kerneltest.Run(t, "logger", "-n", "127.0.0.1", "-P", "5514", "-d", "-t", "sshd[1]", "load from 203.0.113.9")
	d.says("blacklisting 203.0.113.9 for load")
	time.Sleep(1500 * time.Millisecond) // the second that may be lost, and some more
	d.stop(syscall.SIGKILL)
	kerneltest.Run(t, "ipset", "destroy") // the power cut empties the kernel
	run()
	until(t, "the ban is back", func() bool { return inSet(t, "blacklist", "203.0.113.9") }, d)
}

// load sends attacks of ever new addresses until it is stopped.
func load(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			c, err := net.Dial("udp", "127.0.0.1:5514")
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(c, "<38>Nov 21 10:00:00 host sshd[7]: load from 100.%d.%d.%d", 64+i>>16, i>>8&255, i&255)
			c.Close() // a new socket each time: no error of a daemon that is away is kept
			time.Sleep(50 * time.Microsecond)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return func() { cancel(); wg.Wait() }
}
