package daemon

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/metrics"
)

func trusted(prefix string) config.Trust {
	c, err := config.Parse("test", []byte("trust: ["+prefix+"]"))
	if err != nil {
		panic(err)
	}
	return c.Trust[0]
}

func TestAHangupReloadsTheRules(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")

	writeRules(t, c, "never 203.0.113.9\n[other]\n1h\n^sshd\\[\\d+\\]: other from {IP_NUMBER}$\n"+testRules)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.until("the rules", func() bool { return len(r.handler.rules.Load().set.Entries()) == 3 })
	r.gone("blacklist", "203.0.113.9") // a new never lifts at once
	r.send("other from 203.0.113.10")
	r.listed("blacklist", "203.0.113.10")
	for _, e := range r.snapshot().Entries {
		if e.Name == "long" && e.Hits != 1 {
			t.Errorf("the counters of long became %+v", e)
		}
	}
}

func TestAFaultyFileChangesNothing(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	writeRules(t, c, "[long]\n12h\n^sshd(\n[nothing]\n")
	_, err := r.Reload(t.Context())
	if err == nil {
		t.Fatal("a faulty file was taken")
	}
	for _, want := range []string{c.Rules + ":3:", c.Rules + ":4:", "nothing was changed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	if body := get(t, r, "/metrics"); !strings.Contains(body, "syslog_blacklist_rules_last_reload_successful 0") {
		t.Error("the gauge does not tell of the failed reload")
	}
}

func TestAChangedVerdictIsSaidAndAppliesToNewBansOnly(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	writeRules(t, c, strings.Replace(testRules, "12h", "2h", 1))
	if _, err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.log.String(), "the verdict of long changed") || strings.Contains(r.log.String(), "the verdict of short changed") {
		t.Errorf("the log does not name the entry, or names others:\n%s", r.log)
	}
	r.send("long from 203.0.113.10")
	for addr, hours := range map[string]int{"203.0.113.9": 12, "203.0.113.10": 2} {
		if s := timeoutOf(t, r.listed("blacklist", addr)); s > hours*3600 || s < hours*3600-60 {
			t.Errorf("%s is banned for %d s, want %d h", addr, s, hours)
		}
	}
}

func TestAReloadWithoutAFileSaysThatTheShippedDefaultsAreInForce(t *testing.T) {
	c := configuration(t, testRules)
	r := start(t, c)
	if err := os.Remove(c.Rules); err != nil {
		t.Fatal(err)
	}
	c.RulesSet = false // nobody chose the file
	if _, err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log := r.log.String(); !strings.Contains(log, "file=\"none: the shipped defaults\"") || strings.Contains(log, "file="+c.Rules) {
		t.Errorf("the log says:\n%s", log)
	}
}

func get(t *testing.T, r *running, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + r.WebAddr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status + "\n" + string(body)
}

func TestTheWebAnswersHealthReadinessAndMetrics(t *testing.T) {
	r := start(t, configuration(t, testRules))
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	for path, want := range map[string]string{
		"/healthz": "200 OK\nok\n", "/readyz": "200 OK\nready\n",
		"/metrics": `syslog_blacklist_bans_total{entry="long"} 1`,
	} {
		if got := get(t, r, path); !strings.Contains(got, want) {
			t.Errorf("%s answers %q, want %q", path, got, want)
		}
	}
	r.enforcer.failing.Store(true)
	if got := get(t, r, "/readyz"); !strings.HasPrefix(got, "503 ") {
		t.Errorf("/readyz answers %q while the kernel refuses", got)
	}
}

func TestARuleOfTheFirewallIsSeen(t *testing.T) {
	kerneltest.Require(t, "iptables")
	r := start(t, configuration(t, testRules))
	r.until("the warning", func() bool { return strings.Contains(r.log.String(), "no firewall rule uses set blacklist") })
	kerneltest.Run(t, "iptables", "-A", "INPUT", "-m", "set", "--match-set", "blacklist", "src", "-j", "DROP")
	t.Cleanup(func() { kerneltest.Run(t, "iptables", "-F", "INPUT") })
	r.until("the gauge", func() bool {
		return strings.Contains(get(t, r, "/metrics"), `syslog_blacklist_firewall_rule_present{family="ipv4"} 1`)
	})
	r.end()
	kerneltest.Run(t, "iptables", "-F", "INPUT")
}

func TestASetThatWillNotDoIsOneClearError(t *testing.T) {
	c := configuration(t, testRules)
	kerneltest.Run(t, "ipset", "create", "blacklist", "hash:ip,port", "timeout", "0")
	before := kerneltest.Run(t, "ipset", "save")
	_, err := Open(t.Context(), c, metrics.Build{Version: "test"}, slog.New(slog.DiscardHandler))
	want := "set blacklist has type hash:ip,port, and hash:net (family inet) is wanted: rename it, or name another under sets: in the configuration (set cannot be used)"
	if err == nil || err.Error() != want {
		t.Errorf("Open = %v, want %s", err, want)
	}
	if after := kerneltest.Run(t, "ipset", "save", "blacklist"); before != after {
		t.Errorf("the set changed: before %s after %s", before, after)
	}
}

func TestAnAncestorsSetIsReplacedWithItsElements(t *testing.T) {
	c := configuration(t, testRules)
	kerneltest.Run(t, "ipset", "create", "blacklist", "hash:ip")
	kerneltest.Run(t, "ipset", "add", "blacklist", "203.0.113.77")
	kerneltest.Run(t, "iptables", "-A", "INPUT", "-m", "set", "--match-set", "blacklist", "src", "-j", "DROP")
	t.Cleanup(func() { kerneltest.Run(t, "iptables", "-F", "INPUT") })
	r := start(t, c)
	r.listed("blacklist", "203.0.113.77")
	r.send("long from 203.0.113.9")
	if s := timeoutOf(t, r.listed("blacklist", "203.0.113.9")); s < 3600 {
		t.Errorf("timeout is %d s", s)
	}
	if !strings.Contains(r.log.String(), "set blacklist had no timeouts: it was replaced by one that has, with its 1 elements") {
		t.Errorf("the log does not tell:\n%s", r.log)
	}
	r.end()
	kerneltest.Run(t, "iptables", "-F", "INPUT")
}

func TestWithoutPrivilegeTheCapabilityIsNamed(t *testing.T) {
	if os.Getenv("UNPRIVILEGED") == "" {
		c := configuration(t, testRules)
		cmd := exec.Command("/proc/self/exe", "-test.run", "^TestWithoutPrivilegeTheCapabilityIsNamed$")
		cmd.Env = append(os.Environ(), "UNPRIVILEGED="+c.Rules)
		// A namespace of its own user: every capability there, none here.
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	c := config.Default()
	c.Listen, c.Web, c.Rules, c.RulesSet = []string{"udp://127.0.0.1:0"}, "", os.Getenv("UNPRIVILEGED"), true
	_, err := Open(t.Context(), c, metrics.Build{Version: "test"}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
		t.Errorf("Open = %v, want the capability named", err)
	}
}

func TestTheBurstSetsCutSourcesToTheLengthThatIsBannedAsOne(t *testing.T) {
	c := configuration(t, testRules)
	c.Firewall.Bursts = []config.Burst{{Port: "pop3", Count: 6, Per: time.Minute, Burst: 8, Ban: 10 * time.Minute}}
	start(t, c)
	kerneltest.Run(t, "ipset", "add", "burst6", "2001:db8:1:2:3::9", "timeout", "60")
	kerneltest.Run(t, "ipset", "add", "burst", "203.0.113.9", "timeout", "60")
	if _, ok := members(t, "burst6")["2001:db8:1:2::"]; !ok {
		t.Errorf("burst6 holds %v, want the /64's network", members(t, "burst6"))
	}
	if _, ok := members(t, "burst")["203.0.113.9"]; !ok {
		t.Errorf("burst holds %v, want the address", members(t, "burst"))
	}
}

func TestASetOfSingleAddressesIsNeverGivenANetwork(t *testing.T) {
	c := configuration(t, "never 192.0.2.0/24 198.51.100.1\n"+testRules)
	kerneltest.Run(t, "ipset", "create", "whitelist", "hash:ip", "timeout", "0", "comment")
	r := start(t, c)
	r.listed("whitelist", "198.51.100.1")
	if n := len(members(t, "whitelist")); n > 200 {
		t.Errorf("%d elements: the network was expanded", n)
	}
	r.send("long from 192.0.2.77") // spared all the same
	r.settled()
	if _, ok := members(t, "blacklist")["192.0.2.77"]; ok {
		t.Error("a spared address was banned")
	}
}

func TestWhatTheBurstRulesBanIsShownAndCounted(t *testing.T) {
	c := configuration(t, testRules)
	c.Firewall.Bursts = []config.Burst{{Port: "pop3", Count: 6, Per: time.Minute, Burst: 8, Ban: 10 * time.Minute}}
	r := start(t, c)
	kerneltest.Run(t, "ipset", "add", "burst", "203.0.113.9", "timeout", "600") // as the rule does
	var shown []control.Element
	err := r.operator.List(t.Context(), control.Filter{}, func(e control.Element) error {
		shown = append(shown, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) != 1 || shown[0].Address != "203.0.113.9" || shown[0].Origin != "kernel" || shown[0].Entry != "burst rule" {
		t.Errorf("shown: %+v", shown)
	}
	if body := get(t, r, "/metrics"); !strings.Contains(body, `syslog_blacklist_set_entries{set="burst"} 1`) {
		t.Error("the metric does not count it")
	}
	r.send("short from 203.0.113.9") // a ban by a rule is another thing
	r.listed("blacklist", "203.0.113.9")
	if s := timeoutOf(t, r.listed("burst", "203.0.113.9")); s < 500 {
		t.Errorf("the burst ban has %d s left", s)
	}
}
