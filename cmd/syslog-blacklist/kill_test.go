package main_test

import (
	"context"
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
	const rounds = 12
	for round := range rounds {
		d := launch(t, program(t, "syslog-blacklist"), "run", "--config", conf, "--rules", rules, "--log-format", "json")
		d.says("bans in force")
		time.Sleep(time.Duration(rand.Intn(200)) * time.Millisecond) // the random moment, not a synchronisation
		if round == rounds-1 {
			stop()
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
		if seen[addr] {
			t.Errorf("%s stands twice in the set", addr)
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
	if len(begun) < rounds*10 {
		t.Errorf("only %d bans were told: there was no load", len(begun))
	}
	t.Logf("%d bans told, %d elements", len(begun), len(seen))
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
