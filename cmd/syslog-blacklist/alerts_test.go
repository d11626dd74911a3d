package main_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"syslog-blacklist/internal/kerneltest"
)

var (
	seriesName = regexp.MustCompile(`syslog_blacklist_\w+`)
	matcher    = regexp.MustCompile(`(syslog_blacklist_\w+)\{(\w+)=~?"([^"]*)"\}`)
	labelName  = regexp.MustCompile(`\$labels\.(\w+)`)
)

// An alert on a series that does not exist never fires, and nobody notices.
func TestEveryAlertIsOnASeriesThatTheDaemonServes(t *testing.T) {
	kerneltest.Require(t, "ipset")
	var alerts struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	decode(t, snippet(t, "prometheus/alerts.yml"), &alerts)
	if len(alerts.Groups) != 1 {
		t.Fatalf("%d groups", len(alerts.Groups))
	}

	served := serveMetrics(t)
	for _, a := range alerts.Groups[0].Rules {
		names := seriesName.FindAllString(a.Expr, -1)
		if len(names) == 0 && !strings.HasPrefix(a.Expr, `up{job="syslog-blacklist"}`) {
			t.Errorf("%s is on no series of ours: %s", a.Alert, a.Expr)
		}
		if a.Alert == "" || a.Labels["severity"] == "" || a.Annotations["summary"] == "" {
			t.Errorf("%s has no name, severity or summary", a.Alert)
		}
		for _, name := range names {
			if !served.has(name, "") {
				t.Errorf("%s: the daemon serves no %s", a.Alert, name)
			}
			for _, l := range labelName.FindAllStringSubmatch(a.Annotations["summary"], -1) {
				if l[1] != "instance" && !served.has(name, l[1]+"=") { // Prometheus adds instance
					t.Errorf("%s: %s has no label %s", a.Alert, name, l[1])
				}
			}
		}
		for _, m := range matcher.FindAllStringSubmatch(a.Expr, -1) {
			for value := range strings.SplitSeq(m[3], "|") {
				if !served.has(m[1], m[2]+`="`+value+`"`) {
					t.Errorf("%s: the daemon serves no %s with %s=%q", a.Alert, m[1], m[2], value)
				}
			}
		}
	}
	if t.Failed() {
		t.Logf("/metrics:\n%s", served)
	}
}

func TestTheScrapeConfigurationNamesWhereTheDaemonServes(t *testing.T) {
	var c struct {
		Scrape []struct {
			Job     string                       `yaml:"job_name"`
			Configs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
		Rules []string `yaml:"rule_files"`
	}
	decode(t, snippet(t, "prometheus/scrape.yml"), &c)
	if got := fmt.Sprint(c.Scrape); got != "[{syslog-blacklist [{[127.0.0.1:9514]}]}]" {
		t.Errorf("scrape_configs: %s", got)
	}
	if len(c.Rules) != 1 || !strings.Contains(snippet(t, "prometheus/alerts.yml"), c.Rules[0]) {
		t.Errorf("rule_files: %s, which alerts.yml does not name", c.Rules)
	}
}

// decode reads YAML in which every key must be known.
func decode(t *testing.T, text string, into any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// served is what a daemon says at /metrics.
type served string

// serveMetrics returns what a daemon says to which everything has happened that
// makes a series appear.
func serveMetrics(t *testing.T) served {
	t.Helper()
	args := shippedRules(t, `
trust:  [{net: 127.0.0.1, name: relay}]
notify: [{name: pager, command: [/bin/true]}]
lookup: {databases: [/none.mmdb]}
report:
  organisation: Example
  contact: abuse@example.org
  mail: {server: "127.0.0.1:2525", tls: "off", from: abuse@example.org, to: [admin@example.org]}
`)
	args[len(args)-1] = file(t, "rules.conf", "always "+file(t, "list", "192.0.2.66\n")+"\nuse all\n")
	daemon := launch(t, program(t, "syslog-blacklist"), args...)
	daemon.says("bans in force")
	log, err := net.Dial("udp", "127.0.0.1:5514")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	// A hit that is spared.
	fmt.Fprint(log, "<38>Nov 21 10:00:00 host sshd[7]: Failed password for root from 127.0.0.1 port 50022 ssh2")
	kerneltest.Run(t, "ipset", "destroy", "blackout6") // the next look at it is a kernel error
	until(t, "all series are there", func() bool {
		s := served(metrics(t))
		return s.has("syslog_blacklist_spared_total", "") && s.has("syslog_blacklist_kernel_errors_total", "")
	}, daemon)
	return served(metrics(t))
}

// has tells whether there is a series of the name, with a label, which may be
// empty, a name and "=", or a pair.
func (s served) has(name, label string) bool {
	return regexp.MustCompile(`(?m)^` + name + `(\{|\{.*,| )` + label).MatchString(string(s))
}

// metrics returns what the daemon serves now.
func metrics(t *testing.T) string {
	t.Helper()
	answer, err := http.Get("http://127.0.0.1:9514/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET /metrics: %s, error %v", answer.Status, err)
	}
	return string(text)
}
