package firewall

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/kerneltest"
)

func apply(t *testing.T, h host, cfg Config) {
	t.Helper()
	if _, err := h.apply(t.Context(), &cfg); err != nil {
		t.Fatal(err)
	}
}

func TestApplyingTwiceChangesNothingAndRemovingRestoresWhatWasBefore(t *testing.T) {
	for _, interfaces := range [][]string{nil, {"eth0", "ppp+"}} {
		onBothBackends(t, func(t *testing.T, h host, backend string) {
			for _, f := range families {
				restore(t, f, backend, othersRules)
			}
			before := saved(t)
			cfg := config()
			cfg.Interfaces = interfaces

			apply(t, h, cfg)
			applied := saved(t)
			if applied == before {
				t.Fatal("applying changed nothing")
			}
			if changed, err := h.apply(t.Context(), &cfg); err != nil || len(changed) != 0 {
				t.Errorf("applying again changed %v, error %v", changed, err)
			}
			if diff := cmp.Diff(applied, saved(t)); diff != "" {
				t.Errorf("applying again changed rules (-once +twice):\n%s", diff)
			}
			if err := h.remove(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, saved(t)); diff != "" {
				t.Errorf("removing did not restore (-before +after):\n%s", diff)
			}
			if err := h.remove(t.Context()); err != nil {
				t.Errorf("removing what is not there: %v", err)
			}
		})
	}
}

func TestApplyReplacesRulesOfAnotherConfigurationAndJumpsFirst(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		fresh := config()
		apply(t, h, fresh)
		want := kerneltest.Run(t, programName(IPv4, backend, "save"))

		old := config()
		old.Interfaces, old.Bursts = []string{"eth0", "eth1"}, nil
		apply(t, h, old)
		for _, f := range families { // the others come to stand before us
			restore(t, f, backend, "*raw\n-I PREROUTING 2 -s %[1]s -j ACCEPT\n-A PREROUTING -j SYSLOG-BLACKLIST\nCOMMIT\n")
		}
		apply(t, h, fresh)

		got := kerneltest.Run(t, programName(IPv4, backend, "save"))
		want = strings.Replace(want, "-A PREROUTING -j SYSLOG-BLACKLIST\n", "-A PREROUTING -j SYSLOG-BLACKLIST\n-A PREROUTING -s 198.51.100.7/32 -j ACCEPT\n", 1)
		if diff := cmp.Diff(changing.ReplaceAllString(want, ""), changing.ReplaceAllString(got, "")); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
	})
}

func TestWhatTheKernelPrintsIsWhatWasAskedFor(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		cfg := config()
		cfg.Bursts = []Burst{
			{Port: "1", Count: 1, Per: time.Second, Burst: 1, Ban: time.Millisecond},
			{Port: "65535", Count: 1000, Per: time.Second, Burst: 1_000_000, Ban: maxBan},
			{Port: "25", Count: 60, Per: time.Minute, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 90, Per: time.Minute, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 997, Per: time.Minute, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 7, Per: time.Hour, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 420, Per: time.Hour, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 1000, Per: time.Hour, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 1, Per: time.Hour, Burst: 24, Ban: time.Hour},
			{Port: "25", Count: 24, Per: 24 * time.Hour, Burst: 5, Ban: time.Hour},
			{Port: "25", Count: 1000, Per: 24 * time.Hour, Burst: 1000, Ban: time.Hour},
			{Port: "smtp", Count: 1, Per: 24 * time.Hour, Burst: 1, Ban: 1500 * time.Millisecond},
		}
		for _, prefix := range []int{1, 24, 32} {
			cfg.Prefix4, cfg.Prefix6 = prefix, 4*prefix
			apply(t, h, cfg)
			for _, s := range check(t, h, cfg) {
				if s.State != Present {
					t.Errorf("/%d: %s\n%s", prefix, s, cmp.Diff(s.Want, s.Have))
				}
			}
		}
	})
}

func TestWhenOneFamilyFailsTheOtherIsPutBack(t *testing.T) {
	for _, name := range backendNames {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, name)
			createSetsOf(t, IPv4)
			for _, f := range families {
				restore(t, f, name, othersRules)
			}
			before := saved(t)
			cfg := config()
			_, err := h.apply(t.Context(), &cfg)
			if missing := new(MissingSetError); !errors.As(err, &missing) || missing.Set != "whitelist6" {
				t.Errorf("error %v, want the missing set whitelist6", err)
			}
			want := "apply IPv6 rules: set whitelist6 does not exist: start `syslog-blacklist run` or syslog-blacklist-sets.service first, which create it"
			if err == nil || err.Error() != want {
				t.Errorf("error %v\nwant  %s", err, want)
			}
			if diff := cmp.Diff(before, saved(t)); diff != "" {
				t.Errorf("rules changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestRulesAreTakenBackUnlessConfirmed(t *testing.T) {
	answers := map[string]struct {
		answer  func(answer chan<- bool, interrupt context.CancelFunc)
		stopped bool // the wait is short
		keeps   bool
	}{
		"yes":              {answer: func(c chan<- bool, _ context.CancelFunc) { c <- true }, keeps: true},
		"no":               {answer: func(c chan<- bool, _ context.CancelFunc) { c <- false }},
		"terminal is gone": {answer: func(c chan<- bool, _ context.CancelFunc) { close(c) }},
		"interrupted":      {answer: func(_ chan<- bool, interrupt context.CancelFunc) { interrupt() }},
		"nobody answers":   {answer: func(chan<- bool, context.CancelFunc) {}, stopped: true},
	}
	for name, c := range answers {
		t.Run(name, func(t *testing.T) {
			onBothBackends(t, func(t *testing.T, h host, backend string) {
				old := config()
				old.Interfaces, old.Bursts = []string{"eth0", "eth1"}, nil
				apply(t, h, old)
				for _, f := range families { // not at the place where apply puts it
					restore(t, f, backend, "*raw\n-I PREROUTING 1\n-I PREROUTING 3 -s %[1]s -j ACCEPT\nCOMMIT\n")
				}
				before := saved(t)

				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				wait := time.Hour
				if c.stopped {
					wait = time.Millisecond
				}
				var asked string
				cfg := config()
				err := h.applyConfirmed(ctx, &cfg, wait, func() <-chan bool {
					asked = saved(t)
					answer := make(chan bool, 1)
					c.answer(answer, interrupt)
					return answer
				})
				if asked == before {
					t.Error("asked before the rules were changed")
				}
				if c.keeps {
					if err != nil || saved(t) != asked {
						t.Errorf("error %v, or the rules changed after the confirmation", err)
					}
					return
				}
				if !errors.Is(err, ErrNotConfirmed) {
					t.Errorf("error %v, want %v", err, ErrNotConfirmed)
				}
				if diff := cmp.Diff(before, saved(t)); diff != "" {
					t.Errorf("rules (-before +after):\n%s", diff)
				}
			})
		})
	}
}

func TestNobodyIsAskedWhenNothingChanges(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		cfg := config()
		apply(t, h, cfg)
		err := h.applyConfirmed(t.Context(), &cfg, time.Hour, func() <-chan bool {
			t.Error("asked")
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestApplyUsesTheBackendInUse(t *testing.T) {
	const foreign = "*filter\n-A INPUT -s %[1]s -j DROP\nCOMMIT\n"
	for name, c := range map[string]struct {
		prepare func(t *testing.T, plain, other string)
		want    string // plain or other
	}{
		"no rules anywhere":            {func(*testing.T, string, string) {}, "plain"},
		"rules in the plain one":       {func(t *testing.T, plain, _ string) { restore(t, IPv4, plain, foreign) }, "plain"},
		"rules in the other one":       {func(t *testing.T, _, other string) { restore(t, IPv4, other, foreign) }, "other"},
		"a closed policy in the other": {func(t *testing.T, _, other string) { restore(t, IPv4, other, "*filter\n:INPUT DROP [0:0]\nCOMMIT\n") }, "other"},
		"rules in both": {func(t *testing.T, plain, other string) {
			restore(t, IPv4, plain, foreign)
			restore(t, IPv4, other, foreign)
		}, "plain"},
		"our chain in the other one": {func(t *testing.T, plain, other string) {
			restore(t, IPv4, plain, foreign)
			restore(t, IPv4, other, "*raw\n:SYSLOG-BLACKLIST - [0:0]\nCOMMIT\n")
		}, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			onBothBackends(t, func(t *testing.T, h host, plain string) {
				other := backendNames[1-slices.Index(backendNames, plain)]
				c.prepare(t, plain, other)
				apply(t, h, config())
				want := map[string]string{"plain": plain, "other": other}[c.want]
				s := check(t, h, config())[0]
				if s.State != Present || s.Backend != want || s.Plain != plain || s.Twice != "" {
					t.Errorf("%+v, want present in %s alone", s, want)
				}
			})
		})
	}
}

func TestRemoveLooksInBothBackends(t *testing.T) {
	h := newHost(t, "nft")
	createSets(t)
	for _, name := range backendNames {
		for _, f := range families {
			restore(t, f, name, othersRules)
		}
	}
	before := saved(t)
	for _, name := range backendNames {
		for _, f := range families {
			text, err := Rules(config(), f)
			if err != nil {
				t.Fatal(err)
			}
			restore(t, f, name, text)
		}
	}
	for _, s := range check(t, h, config()) {
		if s.State != Present || s.Twice != "legacy" {
			t.Errorf("%+v, want present, and twice", s)
		}
	}
	if err := h.remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, saved(t)); diff != "" {
		t.Errorf("rules (-before +after):\n%s", diff)
	}
}

func TestRemoveLeavesAChainThatOthersJumpTo(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		apply(t, h, config())
		restore(t, IPv4, backend, "*raw\n:OTHERS - [0:0]\n-A OTHERS -j SYSLOG-BLACKLIST\nCOMMIT\n")
		before := kerneltest.Run(t, programName(IPv4, backend, "save"))
		if err := h.remove(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "remove IPv4 rules: ") {
			t.Errorf("error %v, want one about IPv4", err)
		}
		after := kerneltest.Run(t, programName(IPv4, backend, "save"))
		if diff := cmp.Diff(changing.ReplaceAllString(before, ""), changing.ReplaceAllString(after, "")); diff != "" {
			t.Errorf("half removed (-before +after):\n%s", diff)
		}
		if s := check(t, h, config())[1]; s.State != Absent {
			t.Errorf("%s, want absent: the other family is removed all the same", s)
		}
	})
}

func TestIPv4IsAppliedWhereThereIsNoIPv6(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		h.inet6 = filepath.Join(t.TempDir(), "if_inet6")
		apply(t, h, config())
		got := check(t, h, config())
		if got[0].State != Present || got[1].String() != "IPv6: unavailable; the kernel has IPv6 switched off" {
			t.Errorf("%v", got)
		}
		if err := h.remove(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestIPv4IsAppliedWithPlainProgramsAloneAndWithoutIp6tables(t *testing.T) {
	onBothBackends(t, func(t *testing.T, h host, backend string) {
		dir := t.TempDir()
		for _, name := range []string{"iptables", "iptables-save", "iptables-restore"} {
			target, err := exec.LookPath(filepath.Join(h.path[0], name))
			if err != nil {
				t.Fatal(err)
			}
			link(t, target, filepath.Join(dir, name))
		}
		h.path = []string{dir}
		apply(t, h, config())
		got := check(t, h, config())
		if got[0].State != Present || got[0].Backend != backend ||
			got[1].String() != "IPv6: unavailable; ip6tables: not installed: install the package iptables" {
			t.Errorf("%v", got)
		}
	})
}

func TestWithoutIptablesThePackageIsNamed(t *testing.T) {
	h := host{path: []string{t.TempDir()}, inet6: "/proc/net/if_inet6"}
	cfg := config()
	_, err := h.apply(t.Context(), &cfg)
	if want := "apply IPv4 rules: iptables: not installed: install the package iptables"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
