package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"syslog-blacklist/internal/kerneltest"
)

func TestPrometheusTakesTheAlertsTheScrapeAndTheMetrics(t *testing.T) {
	kerneltest.Require(t, "ipset", "promtool")
	rules := file(t, "alerts.yml", snippet(t, "prometheus/alerts.yml"))
	kerneltest.Run(t, "promtool", "check", "rules", "--lint=all", "--lint-fatal", rules)
	kerneltest.Run(t, "promtool", "check", "config", file(t, "prometheus.yml",
		snippet(t, "prometheus/scrape.yml", "/etc/prometheus/syslog-blacklist.alerts.yml", rules)))

	check := exec.Command("promtool", "check", "metrics") // exits with 3 when it has anything to say
	check.Stdin = strings.NewReader(string(serveMetrics(t)))
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func TestEveryAlertFiresOnItsTroubleAndNotWithoutIt(t *testing.T) {
	kerneltest.Require(t, "promtool")
	tests, err := os.ReadFile("testdata/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "alerts.yml"), snippet(t, "prometheus/alerts.yml"))
	put(t, filepath.Join(dir, "tests.yml"), string(tests))
	kerneltest.Run(t, "promtool", "test", "rules", filepath.Join(dir, "tests.yml"))

	var alerts struct {
		Groups []struct{ Rules []struct{ Alert string } }
	}
	if err := yaml.Unmarshal([]byte(snippet(t, "prometheus/alerts.yml")), &alerts); err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts.Groups[0].Rules {
		if strings.Count(string(tests), "alertname: "+a.Alert+"\n") < 2 {
			t.Errorf("testdata/alerts.yml does not say when %s fires and when not", a.Alert)
		}
	}
}

// Grafana's own variables are replaced by what it puts there.
func TestPrometheusCanReadEveryPanelsQuery(t *testing.T) {
	kerneltest.Require(t, "promtool")
	var d dashboard
	if err := json.Unmarshal([]byte(snippet(t, "grafana/syslog-blacklist.json")), &d); err != nil {
		t.Fatal(err)
	}
	type rule struct{ Record, Expr string }
	var all []rule
	grafana := strings.NewReplacer("$instance", ".+", "$__rate_interval", "4m", "$__range", "6h")
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			all = append(all, rule{"panel:" + strings.Repeat("x", len(all)+1), grafana.Replace(q.Expr)})
		}
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": all}}})
	if err != nil {
		t.Fatal(err)
	}
	kerneltest.Run(t, "promtool", "check", "rules", file(t, "panels.yml", string(text)))
}
