package daemon

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"syslog-blacklist/internal/notify"
)

// target starts a webhook's receiver and returns the target and what it gets.
func target(t *testing.T) (notify.Target, <-chan notify.Digest) {
	t.Helper()
	digests := make(chan notify.Digest, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var d notify.Digest
		if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
			t.Error(err)
		}
		digests <- d
	}))
	t.Cleanup(s.Close)
	return notify.Target{Name: "hook", Bans: true, Troubles: true, Every: time.Second, URL: s.URL}, digests
}

func TestABanAndATroubleAreToldToTheTargets(t *testing.T) {
	c := configuration(t, testRules)
	hook, digests := target(t)
	c.Notify = []notify.Target{hook}
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.listed("blacklist", "203.0.113.9")
	writeRules(t, c, "[broken]\n5m\n(\n")
	if _, err := r.Reload(t.Context()); err == nil {
		t.Fatal("no error")
	} else {
		r.Daemon.log.Error(err.Error()) // as at SIGHUP
	}

	var bans []notify.Ban
	var troubles []string
	for deadline := time.After(10 * time.Second); len(bans) == 0 || len(troubles) == 0; {
		select {
		case d := <-digests:
			bans = append(bans, d.First...)
			for _, c := range d.ByMessage {
				if strings.HasPrefix(c.Name, "load rules") {
					troubles = append(troubles, c.Name)
				}
			}
		case <-deadline:
			t.Fatalf("told are the bans %v and the troubles %v", bans, troubles)
		}
	}
	b := bans[0]
	if len(bans) != 1 || b.Address != "203.0.113.9" || b.Entry != "long" || b.For != "12h" || b.Nth != 1 ||
		b.Sender != "127.0.0.1" || b.Line != "sshd[7]: long from 203.0.113.9" || b.Until.Before(time.Now().Add(11*time.Hour)) {
		t.Errorf("%+v", bans)
	}
	page, err := http.Get("http://" + r.WebAddr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil || !strings.Contains(string(text), `syslog_blacklist_notify_dropped_total{target="hook"} 0`) {
		t.Errorf("error %v, metrics\n%s", err, text)
	}
}

func TestTheLastBansAreToldAtTheStop(t *testing.T) {
	c := configuration(t, testRules)
	hook, digests := target(t)
	hook.Every = time.Hour
	c.Notify = []notify.Target{hook}
	r := start(t, c)
	r.send("long from 203.0.113.9")
	r.until("the line", func() bool { return r.listeners[0].Stats().Received == 1 })
	r.end()
	select {
	case d := <-digests:
		if !slices.ContainsFunc(d.First, func(b notify.Ban) bool { return b.Address == "203.0.113.9" }) {
			t.Errorf("%+v", d)
		}
	default:
		t.Errorf("nothing was told; log:\n%s", r.log)
	}
}

func TestATargetThatHangsHoldsUpNoBan(t *testing.T) {
	c := configuration(t, testRules)
	asked, hold := make(chan struct{}, 10), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-hold
	}))
	t.Cleanup(s.Close)
	c.Notify = []notify.Target{{Name: "slow", Bans: true, Every: time.Second, URL: s.URL}}
	r := start(t, c)
	r.send("long from 203.0.113.9")
	<-asked
	r.settled() // a ban is in the kernel
	r.settled()
	close(hold)
}
