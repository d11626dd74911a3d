package daemon

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/lookuptest"
	"syslog-blacklist/internal/mail"
	"syslog-blacklist/internal/mailtest"
	"syslog-blacklist/internal/report"
)

func TestABanIsReportedWhenTheOperatorSaysSo(t *testing.T) {
	address, sessions := mailtest.Server{}.Start(t)
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		fmt.Fprint(w, lookuptest.Network("203.0.113.0", "203.0.113.255", "Example Net", "abuse@example.net"))
	}))
	t.Cleanup(registry.Close)
	c := configuration(t, testRules)
	c.Lookup.RDAP = lookuptest.Bootstrap(t, registry.URL)
	c.Report = &report.Config{
		Organisation: "Example", Contact: "abuse@example.org", Wait: time.Hour, Lines: 10,
		Mail: &mail.Relay{Server: address, TLS: "off", From: "abuse@example.org", To: []string{"admin@example.org"}},
	}
	r := start(t, c)
	r.send("long from 203.0.113.9")
	var reports []control.Report
	r.until("an incident", func() bool {
		var err error
		reports, err = r.operator.Reports(t.Context())
		return err == nil && len(reports) == 1
	})
	if x := reports[0]; x.Network != "203.0.113.0/24" || x.Holder != "Example Net" || x.Count != 1 || x.State != "open" {
		t.Errorf("%+v", x)
	}
	if len(sessions) > 0 {
		t.Error("a mail went out before anybody said so")
	}
	answer, err := r.operator.Do(t.Context(), control.Order{Verb: control.SendReport, Report: reports[0].ID})
	if err != nil || answer.Count != 1 {
		t.Fatalf("%+v, error %v", answer, err)
	}
	if s := <-sessions; s.Err != nil || !strings.Contains(strings.Join(s.Commands, "\n"), "RCPT TO:<abuse@example.net>") || strings.Contains(s.Data, "long from") {
		t.Errorf("error %v, %q\n%s", s.Err, s.Commands, s.Data)
	}
	var refusal *control.Error
	if _, err := r.operator.Do(t.Context(), control.Order{Verb: control.SendReport, Report: reports[0].ID}); !errors.As(err, &refusal) || refusal.Status != http.StatusConflict {
		t.Errorf("a second time: %v", err)
	}
}

func TestADryRunReportsNobody(t *testing.T) {
	c := configuration(t, testRules)
	c.DryRun = true
	c.Report = &report.Config{Organisation: "Example", Contact: "abuse@example.org", Lines: 10}
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.until("the line", func() bool { return r.listeners[0].Stats().Received == 1 })
	if _, err := r.operator.Reports(t.Context()); err == nil {
		t.Error("it does")
	}
}
