package daemon

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/internal/ledger"
)

func TestWithheldBansAreSaid(t *testing.T) {
	for _, test := range []struct {
		name            string
		perSecond, size int
		want            string
	}{
		{"too many at once", 1, 4096, "bans are withheld: sender 192.0.2.50 causes too many at once, the last for long;"},
		{"half of a set", 0, 2, "bans are withheld: sender 192.0.2.50 holds half of a set, the last for long;"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := configuration(t, testRules)
			kerneltest.Run(t, "ip", "addr", "add", "192.0.2.50/32", "dev", "lo") // so that it is not this host's own syslog
			t.Cleanup(func() { kerneltest.Run(t, "ip", "addr", "del", "192.0.2.50/32", "dev", "lo") })
			c.Listen, c.Trust = []string{"udp://192.0.2.50:0"}, []config.Trust{trusted("192.0.2.50/32")}
			c.Limits.BansPerSecond, c.Limits.Burst, c.Sets.Size = test.perSecond, 1, test.size
			r := start(t, c)
			r.send("long from 203.0.113.1")
			r.send("long from 203.0.113.2")
			r.listed("blacklist", "203.0.113.1")
			r.until("the alarm", func() bool { return strings.Contains(r.log.String(), test.want) })
			s, err := r.operator.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(s.Troubles, func(x string) bool { return strings.HasPrefix(x, test.want) }) {
				t.Errorf("status tells %q, want %q among it", s.Troubles, test.want)
			}
		})
	}
}

func TestTheAlarmOfWithheldBansIsNotAFlood(t *testing.T) {
	log := new(logBuffer)
	a := alarm{log: slog.New(slog.NewTextHandler(log, nil))}
	trip := ledger.Trip{Sender: "192.0.2.7", Entry: "wild"}
	for i := range 20 * 60 {
		a.look(time.Hour+time.Duration(i)*time.Second, ledger.Stats{BreakerTrips: uint64(i + 1), LastTrip: trip})
	}
	if n := strings.Count(log.String(), "bans are withheld"); n != 2 {
		t.Errorf("told %d times in twenty minutes, want 2:\n%s", n, log)
	}
	if !strings.Contains(log.String(), "withheld=600") {
		t.Errorf("what came in between is not counted:\n%s", log)
	}
}

func TestARulesAcceptanceIsSaid(t *testing.T) {
	r := start(t, configuration(t, `
[login]
accept 1h
^sshd\[\d+\]: login from {IP_NUMBER}$
`+testRules))
	r.send("login from 203.0.113.9")
	r.listed("whitelist", "203.0.113.9")
	for range 10 { // an entry without a count revokes at the tenth
		r.send("long from 203.0.113.9")
	}
	r.listed("blacklist", "203.0.113.9")
	for _, want := range []string{
		`msg="whitelisting 203.0.113.9 for login" duration=1h until=`,
		`msg="whitelist of 203.0.113.9 ended for login" by="its offences"`,
	} {
		r.until(want, func() bool { return strings.Contains(r.log.String(), want) })
	}
}
