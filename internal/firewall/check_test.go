package firewall

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/kerneltest"
)

func check(t *testing.T, h host, cfg Config) []Status {
	t.Helper()
	got, err := h.check(t.Context(), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestCheckTellsEveryState(t *testing.T) {
	const first, last = "*raw\n-I PREROUTING 1 ", "\nCOMMIT\n"
	for name, c := range map[string]struct {
		change string // what somebody did to IPv4's rules after they were applied
		want   string
	}{
		"as applied":                        {"", "IPv4: present in %s"},
		"a rule of others stands first":     {first + "-s %[1]s -j ACCEPT" + last, "IPv4: present in %s; rules of others stand before ours (1): apply puts ours first"},
		"a rule was added":                  {"*raw\n-A SYSLOG-BLACKLIST -j ACCEPT" + last, "IPv4: different in %s"},
		"a rule that only counts was added": {"*raw\n-I SYSLOG-BLACKLIST 1" + last, "IPv4: different in %s"},
		"a rule was deleted":                {"*raw\n-D SYSLOG-BLACKLIST -i lo -j RETURN" + last, "IPv4: different in %s"},
		"rules have changed places":         {"*raw\n-D SYSLOG-BLACKLIST -i lo -j RETURN\n-I SYSLOG-BLACKLIST 2 -i lo -j RETURN" + last, "IPv4: different in %s"},
		"the jump is gone":                  {"*raw\n-D PREROUTING -j SYSLOG-BLACKLIST" + last, "IPv4: different in %s"},
		"there are two jumps":               {first + "-j SYSLOG-BLACKLIST" + last, "IPv4: different in %s"},
	} {
		t.Run(name, func(t *testing.T) {
			onBothBackends(t, func(t *testing.T, h host, backend string) {
				apply(t, h, config())
				if c.change != "" {
					restore(t, IPv4, backend, c.change)
				}
				before := saved(t)
				got := check(t, h, config())[0]
				if want := fmt.Sprintf(c.want, backend); got.String() != want {
					t.Errorf("%s\nwant %s\n%s", got, want, cmp.Diff(got.Want, got.Have))
				}
				if (got.State == Different) == cmp.Equal(got.Want, got.Have) {
					t.Errorf("%s, and want and have: %s", got.State, cmp.Diff(got.Want, got.Have))
				}
				if diff := cmp.Diff(before, saved(t)); diff != "" {
					t.Errorf("checking changed rules (-before +after):\n%s", diff)
				}
				apply(t, h, config())
				if got := check(t, h, config())[0]; got.State != Present || len(got.Before) != 0 {
					t.Errorf("after applying again: %s", got)
				}
			})
		})
	}
}

func TestCheckTellsThatOurRulesStandInTheOtherBackend(t *testing.T) {
	h := newHost(t, "nft")
	createSets(t)
	text, err := Rules(config(), IPv4)
	if err != nil {
		t.Fatal(err)
	}
	restore(t, IPv4, "legacy", text)
	want := "IPv4: present in legacy, which iptables does not show here: it runs nft"
	if got := check(t, h, config())[0].String(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestCheckTellsThatNothingIsAppliedAndWhichSetIsMissing(t *testing.T) {
	for _, name := range backendNames {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, name)
			createSetsOf(t, IPv4)
			kerneltest.Run(t, "ipset", "destroy", "burst")
			for _, f := range families {
				restore(t, f, name, othersRules) // so that legacy has its table raw
			}
			before := saved(t)
			var got []string
			for _, s := range check(t, h, config()) {
				got = append(got, s.String())
			}
			const todo = " does not exist: start `syslog-blacklist run` or syslog-blacklist-sets.service first, which create it"
			want := []string{"IPv4: absent; set burst" + todo, "IPv6: absent; set whitelist6" + todo}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, saved(t)); diff != "" {
				t.Errorf("checking changed rules (-before +after):\n%s", diff)
			}
		})
	}
}
