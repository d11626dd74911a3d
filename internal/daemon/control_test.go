package daemon

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/kerneltest"
)

// The other ways of the control socket are proved by the scripts of
// cmd/syslog-blacklist.

func TestWithoutTheGroupThatNobodyChoseRootMayAsk(t *testing.T) {
	c := configuration(t, testRules)
	c.Control = config.Control{Socket: filepath.Join(t.TempDir(), "control.sock"), Group: "no-such-group"}
	r := start(t, c)
	if !strings.Contains(r.log.String(), "cannot be had for the group no-such-group") {
		t.Errorf("the log does not tell that the group is missing:\n%s", r.log)
	}
	if _, err := control.NewClient(c.Control.Socket).Status(t.Context()); err != nil {
		t.Errorf("root may not ask: %v", err)
	}
}

func TestAnOrderThatTheKernelRefusesIsNotCalledDone(t *testing.T) {
	c := configuration(t, testRules)
	c.Control.Socket = filepath.Join(t.TempDir(), "control.sock")
	r := start(t, c)
	r.until("the first comparison, which would make the set again, is over", func() bool {
		return strings.Contains(r.log.String(), noRule("blacklist6"))
	})
	kerneltest.Run(t, "ipset", "destroy", "blacklist")
	client := control.NewClient(c.Control.Socket)
	answer, err := client.Do(t.Context(), control.Order{
		Verb: control.Ban, Prefix: netip.MustParsePrefix("203.0.113.9/32"), For: "1h",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Notes) != 1 || !strings.HasPrefix(answer.Notes[0], "the kernel has not taken it yet") {
		t.Errorf("notes %q, want one that the kernel has not taken it", answer.Notes)
	}
	r.until("the comparison makes the set again, with the ban in it", func() bool {
		status, err := client.Status(t.Context())
		return err == nil && slices.ContainsFunc(status.Sets, func(s control.Set) bool { return s.Name == "blacklist" && s.Entries == 1 })
	})
}

func TestAFullSetIsTold(t *testing.T) {
	c := configuration(t, testRules)
	c.Sets.Size = 1
	c.Control.Socket = filepath.Join(t.TempDir(), "control.sock")
	kerneltest.Run(t, "ipset", "create", "blacklist", "hash:net", "timeout", "0", "comment", "counters", "maxelem", "1")
	kerneltest.Run(t, "ipset", "add", "blacklist", "198.51.100.1")
	start(t, c)
	client := control.NewClient(c.Control.Socket)
	answer, err := client.Do(t.Context(), control.Order{Verb: control.Ban, Prefix: netip.MustParsePrefix("203.0.113.9/32"), For: "1h"})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Notes) != 1 || !strings.HasPrefix(answer.Notes[0], "set blacklist is full") {
		t.Errorf("notes %q, want one that the set is full", answer.Notes)
	}
	status, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(status.Troubles, "set blacklist is full: raise sets.size and restart the daemon") {
		t.Errorf("troubles %q do not tell of the full set: %v", status.Troubles, status.Sets)
	}
}
