package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

const deploy = "../../deploy/"

// nobody is a user and a group without an account's rights.
const nobody = 65534

// snippet reads a shipped file and adapts it to the test: each pair is what
// stands there, and must, and what takes its place.
func snippet(t *testing.T, path string, pairs ...string) string {
	t.Helper()
	b, err := os.ReadFile(deploy + path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%s does not say %q", path, pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// publicDir makes a directory that every user can reach. It belongs to nobody,
// without whom the test can't be done: servers refuse to work as root alone.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "deploy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err == nil {
		return dir
	}
	const reason = "this user namespace has no user beside root: run the test as root"
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

// unit is the assignments of a unit file, by section and key.
type unit map[string][]string

// readUnit reads a shipped unit. Its files use neither continued lines nor empty
// assignments.
func readUnit(t *testing.T, name string) unit {
	t.Helper()
	u, section := unit{}, ""
	for line := range strings.Lines(snippet(t, "systemd/"+name)) {
		line = strings.TrimSpace(line)
		key, value, assigned := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case assigned:
			u[section+"."+key] = append(u[section+"."+key], value)
		}
	}
	return u
}

// words returns the words of all assignments to a key.
func (u unit) words(key string) []string { return strings.Fields(strings.Join(u[key], " ")) }

// installed puts the units below a root directory, with our program, and returns
// the directory.
func installed(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"usr/lib/sysusers.d/syslog-blacklist.conf":                    snippet(t, "systemd/sysusers.conf"),
		"usr/lib/systemd/system/syslog.socket":                        snippet(t, "journald/syslog.socket"),
		"etc/systemd/system/syslog-blacklist.service.d/journald.conf": snippet(t, "journald/syslog-blacklist.service.conf"),
	} {
		put(t, filepath.Join(root, path), text)
	}
	units, err := filepath.Glob(deploy + "systemd/syslog-blacklist*")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		name := filepath.Base(u)
		put(t, filepath.Join(root, "usr/lib/systemd/system", name),
			strings.ReplaceAll(snippet(t, "systemd/"+name), "=/usr/sbin/syslog-blacklist", "="+program(t, "syslog-blacklist")))
	}
	return root
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSystemdFindsNoFaultInTheUnits(t *testing.T) {
	kerneltest.Require(t, "systemd-analyze")
	units, err := filepath.Glob(installed(t) + "/usr/lib/systemd/system/syslog-blacklist*")
	if err != nil || len(units) != 5 {
		t.Fatalf("units %v, error %v", units, err)
	}
	cmd := exec.Command("systemd-analyze", append([]string{"verify", "--man=no"}, units...)...)
	out, err := cmd.CombinedOutput() // may warn of the machine's own units too
	if err != nil || strings.Contains(string(out), "syslog-blacklist") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

func TestTheDaemonsUnitExposesLittle(t *testing.T) {
	kerneltest.Require(t, "systemd-analyze")
	out := kerneltest.Run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", deploy+"systemd/syslog-blacklist.service")
	level := regexp.MustCompile(`Overall exposure level for \S+: ([\d.]+)`).FindStringSubmatch(out)
	if level == nil {
		t.Fatalf("systemd-analyze says no level:\n%s", out)
	}
	if n, err := strconv.ParseFloat(level[1], 64); err != nil || n >= 2 {
		t.Errorf("exposure %s, want below 2.0\n%s", level[1], out)
	}
}

// A saved ruleset that names a missing set fails whole, and a firewall that
// loads flushes what was there: so sets, firewall, our rules.
func TestTheSetsStandBeforeEveryFirewallAndOurRulesAfter(t *testing.T) {
	sets, rules := readUnit(t, "syslog-blacklist-sets.service"), readUnit(t, "syslog-blacklist-firewall.service")
	before := set(sets.words("Unit.Before"))
	for _, name := range []string{"network-pre.target", "shutdown.target"} {
		if !before[name] {
			t.Errorf("the sets are not ordered before %s", name)
		}
		delete(before, name)
	}
	if !before["nftables.service"] || !before["netfilter-persistent.service"] {
		t.Errorf("the sets stand before %v only", before)
	}
	after := set(rules.words("Unit.After"))
	if self := "syslog-blacklist-sets.service"; !after[self] || !set(rules.words("Unit.Requires"))[self] {
		t.Error("the rules don't wait for the sets")
	}
	for firewall := range before {
		for key, words := range map[string]map[string]bool{
			"After": after, "PartOf": set(rules.words("Unit.PartOf")), "ReloadPropagatedFrom": set(rules.words("Unit.ReloadPropagatedFrom")),
			"WantedBy": set(rules.words("Install.WantedBy")),
		} {
			if !words[firewall] {
				t.Errorf("syslog-blacklist-firewall.service lacks %s=%s", key, firewall)
			}
		}
	}
}

func set(words []string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

func TestEnablingTheUnitsPutsThemWhereSystemdLooks(t *testing.T) {
	kerneltest.Require(t, "systemctl", "systemd-sysusers")
	root := installed(t)
	kerneltest.Run(t, "systemctl", "--root="+root, "enable", "syslog-blacklist.service", "syslog-blacklist-sets.service", "syslog-blacklist-firewall.service")
	for link, unit := range map[string]string{
		"syslog.service": "syslog-blacklist.service", // what syslog.socket starts
		"multi-user.target.wants/syslog-blacklist.service":         "syslog-blacklist.service",
		"sysinit.target.wants/syslog-blacklist-sets.service":       "syslog-blacklist-sets.service",
		"nftables.service.wants/syslog-blacklist-firewall.service": "syslog-blacklist-firewall.service",
	} {
		if to, err := os.Readlink(filepath.Join(root, "etc/systemd/system", link)); err != nil || filepath.Base(to) != unit {
			t.Errorf("%s leads to %q (%v), want %s", link, to, err, unit)
		}
	}
	kerneltest.Run(t, "systemd-sysusers", "--root="+root)
	if users, err := os.ReadFile(root + "/etc/passwd"); err != nil || !strings.Contains(string(users), "syslog-blacklist:x:") {
		t.Errorf("there is no user syslog-blacklist (%v):\n%s", err, users)
	}
}

// Docker takes an unknown option for a reason not to start the container.
func TestDockersSnippetsSpeakOfTheDefaultListener(t *testing.T) {
	type options struct {
		Address  string `yaml:"syslog-address"`
		Facility string `yaml:"syslog-facility"`
		Tag      string
	}
	var daemon struct {
		Driver  string  `yaml:"log-driver"`
		Options options `yaml:"log-opts"`
	}
	decode(t, snippet(t, "docker/daemon.json"), &daemon) // JSON is YAML
	var compose struct {
		Services map[string]struct {
			Image   string
			Logging struct {
				Driver  string
				Options options
			}
		}
	}
	decode(t, snippet(t, "docker/compose.yaml"), &compose)
	for file, got := range map[string]options{"daemon.json": daemon.Options, "compose.yaml": compose.Services["web"].Logging.Options} {
		if got.Address != "udp://127.0.0.1:5514" || got.Tag == "" {
			t.Errorf("%s: %+v", file, got)
		}
	}
}
