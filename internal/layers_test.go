// Package internal_test holds the house rule that no single package can: who may
// import whom.
package internal_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "syslog-blacklist/"

// layers says which of our packages each one may import, tests aside. Imports
// follow the data: bytes, message, hit, verdict, kernel.
var layers = map[string][]string{
	"internal/syslog":     {},
	"internal/regexset":   {},
	"internal/firewall":   {},
	"internal/metrics":    {},
	"internal/spare":      {},
	"internal/steer":      {},
	"internal/control":    {},
	"ipset":               {},
	"rules":               {"internal/regexset", "internal/steer"},
	"internal/lookup":     {},
	"internal/lookuptest": {},
	"internal/secret":     {},
	"internal/mail":       {"internal/secret"},
	"internal/mailtest":   {},
	"internal/notify":     {"internal/mail", "internal/secret"},
	"internal/report":     {"rules", "internal/lookup", "internal/mail", "internal/secret"},
	"internal/config":     {"rules", "internal/lookup", "internal/mail", "internal/notify", "internal/report"}, // durations are written alike, targets and lookups are described there
	"receiver":            {"internal/syslog"},
	"inject":              {"internal/syslog"},
	"internal/index":      {},
	"internal/ledger":     {"rules", "internal/index", "internal/spare"},
	"internal/replay":     {"internal/syslog", "rules", "internal/index", "internal/ledger", "internal/spare"},
	"internal/daemon": {"internal/blocklist", "internal/config", "internal/control", "internal/ledger", "internal/lookup", "internal/metrics", "internal/notify", "internal/page", "internal/report", "internal/spare",
		"ipset", "receiver", "rules"},
	"internal/page":       {"internal/control"},
	"internal/doctor":     {"internal/control", "internal/firewall"},
	"internal/fail2ban":   {"rules"},
	"internal/blocklist":  {},
	"internal/namespace":  {},
	"internal/golden":     {},
	"internal/kerneltest": {"internal/namespace"},
	"internal/command":    {},
	"internal/bench":      {"internal/ledger", "internal/namespace", "internal/spare", "internal/syslog", "ipset", "rules"},
	"internal/score":      {"internal/fail2ban", "internal/ledger", "internal/spare", "internal/syslog", "rules"},
}

// thirdParty says which packages own a dependency: nobody else may import it.
var thirdParty = map[string][]string{
	"github.com/mdlayher/netlink":            {"ipset"},
	"gopkg.in/yaml.v3":                       {"internal/config"},
	"github.com/gaissmai/bart":               {"internal/spare"},
	"golang.org/x/sys/unix":                  {"receiver", "internal/daemon", "internal/kerneltest", "internal/namespace", "inject", "ipset", "internal/control", "internal/bench"},
	"github.com/coreos/go-systemd/v22":       {"receiver", "internal/daemon"},
	"github.com/fsnotify/fsnotify":           {"receiver"},
	"github.com/klauspost/compress":          {"internal/replay"},
	"github.com/prometheus/client_golang":    {"internal/metrics", "internal/daemon"},
	"github.com/prometheus/exporter-toolkit": {"internal/daemon"},
	"github.com/vishvananda/netlink":         {"internal/daemon"},
	"github.com/openrdap/rdap":               {"internal/lookup"},
	"github.com/oschwald/maxminddb-golang":   {"internal/lookup"},
	"github.com/maxmind/mmdbwriter":          {"internal/lookuptest"},
	"golang.org/x/net/dns/dnsmessage":        {"internal/lookuptest"},
	"github.com/wneessen/go-mail":            {"internal/mail"},
	"golang.org/x/text":                      {"internal/mail"},
	"github.com/google/go-cmp":               {"internal/golden"},
	"golang.org/x/sync":                      {"internal/daemon", "internal/bench"},
	"github.com/spf13/cobra":                 {"cmd/syslog-blacklist", "cmd/syslog-inject", "internal/command"},
}

func TestImportsGoOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "../...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], module)
		seen[pkg] = true
		command := strings.HasPrefix(pkg, "cmd/")
		allowed, known := layers[pkg]
		if !known && !command && pkg != "internal" {
			t.Errorf("%s is not in the table: say what it may import", pkg)
		}
		for _, imported := range words[1:] {
			ours, isOurs := strings.CutPrefix(imported, module)
			switch {
			case isOurs && !command && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s, which the table does not allow", pkg, ours)
			case !isOurs && strings.Contains(imported, "."):
				checkThirdParty(t, pkg, imported)
			}
		}
	}
	for pkg := range layers {
		if !seen[pkg] {
			t.Errorf("%s is in the table and does not exist", pkg)
		}
	}
}

func checkThirdParty(t *testing.T, pkg, imported string) {
	for dep, owners := range thirdParty {
		if imported == dep || strings.HasPrefix(imported, dep+"/") {
			if !slices.Contains(owners, pkg) {
				t.Errorf("%s imports %s, which belongs to %v", pkg, imported, owners)
			}
			return
		}
	}
	t.Errorf("%s imports %s, which nobody owns", pkg, imported)
}
