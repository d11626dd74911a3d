package main_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

// dashboard is what of Grafana's file is looked at.
type dashboard struct {
	Title, UID string
	Templating struct {
		List []struct {
			Name, Type string
			Datasource datasource
			Query      any
		}
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               datasource
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct {
		RefID, Expr, LegendFormat string
		Datasource                datasource
	}
}

type datasource struct{ Type, UID string }

// theirs is the data source that whoever imports the dashboard chooses.
var theirs = datasource{Type: "prometheus", UID: "${datasource}"}

var (
	grouping = regexp.MustCompile(`by \(([^)]*)\) `)
	legend   = regexp.MustCompile(`\{\{(\w+)\}\}`)
)

func TestEveryPanelIsOnASeriesThatTheDaemonServes(t *testing.T) {
	kerneltest.Require(t, "ipset")
	var d dashboard
	if err := json.Unmarshal([]byte(snippet(t, "grafana/syslog-blacklist.json")), &d); err != nil {
		t.Fatal(err)
	}
	served := serveMetrics(t)
	for _, p := range d.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("%s asks for nothing", p.Title)
		}
		for _, q := range p.Targets {
			names := seriesName.FindAllString(q.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s is on no series of ours: %s", p.Title, q.Expr)
			}
			var labels []string // of the series that are grouped
			for _, m := range grouping.FindAllStringSubmatch(q.Expr, -1) {
				labels = strings.Split(m[1], ", ")
			}
			for _, name := range names {
				if !served.has(name, "") {
					t.Errorf("%s: the daemon serves no %s", p.Title, name)
				}
				for _, label := range labels {
					if !served.has(name, label+"=") {
						t.Errorf("%s: %s has no label %s", p.Title, name, label)
					}
				}
			}
			for _, m := range legend.FindAllStringSubmatch(q.LegendFormat, -1) {
				if !strings.Contains(" "+strings.Join(labels, " ")+" ", " "+m[1]+" ") {
					t.Errorf("%s: the legend names %s, which %s has not", p.Title, m[1], q.Expr)
				}
			}
			if strings.Count(q.Expr, `{instance=~"$instance"}`) != len(names) {
				t.Errorf("%s does not ask of the chosen hosts: %s", p.Title, q.Expr)
			}
		}
	}
	if t.Failed() {
		t.Logf("/metrics:\n%s", served)
	}
}

func TestTheDashboardFitsWhoeverImportsIt(t *testing.T) {
	var d dashboard
	if err := json.Unmarshal([]byte(snippet(t, "grafana/syslog-blacklist.json")), &d); err != nil {
		t.Fatal(err)
	}
	variables := map[string]bool{}
	for _, v := range d.Templating.List {
		variables[v.Name+" "+v.Type] = true
	}
	if d.Title == "" || d.UID == "" || !variables["datasource datasource"] || !variables["instance query"] {
		t.Errorf("title %q, uid %q, variables %v", d.Title, d.UID, variables)
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || p.Title == "" || p.Description == "" || p.Datasource != theirs {
			t.Errorf("panel %d %q: its number, title, description or data source (%v) is wrong", p.ID, p.Title, p.Datasource)
		}
		ids[p.ID] = true
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if refs[q.RefID] || q.RefID == "" || q.Datasource != theirs {
				t.Errorf("%s: query %q comes twice, or has the data source %v", p.Title, q.RefID, q.Datasource)
			}
			refs[q.RefID] = true
		}
		g := p.GridPos
		if g.X < 0 || g.W <= 0 || g.H <= 0 || g.X+g.W > 24 {
			t.Errorf("%s does not fit into Grafana's 24 columns: %+v", p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s lies over %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}
