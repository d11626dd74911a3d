package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told is a digest that reached its target, and when.
type told struct {
	After          time.Duration
	Bans, Troubles int
}

// play runs one delivery, on a clock of its own, until script returns.
func play(t *testing.T, target Target, answer func(attempt int) error, script func(*Notifier)) (got []told, s Stats) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := newDelivery(target, "host", slog.New(slog.DiscardHandler))
		start, attempts := time.Now(), 0
		d.send = func(_ context.Context, g *Digest) error {
			attempts++
			if err := answer(attempts); err != nil {
				return err
			}
			got = append(got, told{time.Since(start), g.Bans, g.Troubles})
			return nil
		}
		n := &Notifier{[]*delivery{d}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		script(n)
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s = n.Stats()[0]
	})
	return got, s
}

var everyMinute = Target{Name: "x", Bans: true, Troubles: true, Every: time.Minute, Command: []string{"/x"}}

func succeed(int) error { return nil }

func TestWhatComesWithinAnIntervalIsOneMessage(t *testing.T) {
	got, s := play(t, everyMinute, succeed, func(n *Notifier) {
		time.Sleep(10 * time.Second)
		for range 5 {
			n.Ban(Ban{Address: "203.0.113.9", Entry: "sshd"})
			time.Sleep(25 * time.Second)
		}
		n.Trouble("set blacklist is full")
		time.Sleep(time.Hour)
	})
	want := []told{{70 * time.Second, 3, 0}, {145 * time.Second, 2, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(Stats{Target: "x", Sent: 2}, s); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestATargetIsToldOnlyWhatItIsFor(t *testing.T) {
	target := everyMinute
	target.Troubles = false
	got, _ := play(t, target, succeed, func(n *Notifier) {
		n.Trouble("x")
		n.Ban(Ban{})
		time.Sleep(time.Hour)
	})
	if diff := cmp.Diff([]told{{time.Minute, 1, 0}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAFailureIsTriedAgainWithLongerAndLongerPausesWhileTheNextDigestGrows(t *testing.T) {
	fails := func(attempt int) error {
		if attempt <= 3 {
			return errors.New("no route")
		}
		return nil
	}
	got, s := play(t, everyMinute, fails, func(n *Notifier) {
		n.Ban(Ban{})
		time.Sleep(61 * time.Second)
		for range 7 {
			n.Ban(Ban{})
		}
		time.Sleep(time.Hour)
	})
	want := []told{{time.Minute + (5+10+20)*time.Second, 1, 0}, {time.Minute + 95*time.Second, 7, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(Stats{Target: "x", Sent: 2, Failed: 3}, s); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAMessageIsGivenUpAfterAnHourAndWhatItToldIsCounted(t *testing.T) {
	_, s := play(t, everyMinute, func(int) error { return errors.New("no route") }, func(n *Notifier) {
		n.Ban(Ban{})
		n.Trouble("x")
		time.Sleep(2 * time.Hour)
	})
	// After 5, 10, 20 … 160 seconds, then every 5 minutes.
	if want := (Stats{Target: "x", Failed: 17, Dropped: 2}); s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
}

func TestWhatTryingWouldNotMendIsNotTriedAgain(t *testing.T) {
	_, s := play(t, everyMinute, func(int) error { return fmt.Errorf("post: %w", permanent{errors.New("404")}) }, func(n *Notifier) {
		n.Ban(Ban{})
		time.Sleep(2 * time.Hour)
	})
	if want := (Stats{Target: "x", Failed: 1, Dropped: 1}); s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
}

func TestWhatIsLeftAtTheStopIsTriedOnceMore(t *testing.T) {
	got, _ := play(t, everyMinute, succeed, func(n *Notifier) { n.Ban(Ban{}) })
	if diff := cmp.Diff([]told{{0, 1, 0}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, s := play(t, everyMinute, func(int) error { return errors.New("no route") }, func(n *Notifier) {
		n.Ban(Ban{})
		time.Sleep(62 * time.Second) // in the first pause
		n.Ban(Ban{})
	})
	if want := (Stats{Target: "x", Failed: 3, Dropped: 2}); s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
}

func TestATargetThatHangsHoldsUpNeitherReportsNorTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDelivery(everyMinute, "host", slog.New(slog.DiscardHandler))
		d.send = func(ctx context.Context, _ *Digest) error { <-ctx.Done(); return ctx.Err() }
		n := &Notifier{[]*delivery{d}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		n.Ban(Ban{})
		time.Sleep(61 * time.Second)
		synctest.Wait() // it hangs
		before := time.Now()
		for i := range 100_000 {
			n.Ban(Ban{Address: fmt.Sprint(i), Entry: fmt.Sprint(i), Line: strings.Repeat("x", 60)})
			n.Trouble(fmt.Sprint(i))
		}
		if held := time.Since(before); held != 0 {
			t.Errorf("reports waited for %s", held)
		}
		if g := &d.gathered; g.bans != 100_000 || len(g.first) != firstBans || len(g.entries) != maxNames+1 || len(g.messages) != maxNames+1 {
			t.Errorf("%d bans: %d in full, %d entries, %d messages", g.bans, len(g.first), len(g.entries), len(g.messages))
		}
		stop()
		<-done
		if took := time.Since(before); took > grace {
			t.Errorf("the stop took %s", took)
		}
	})
}

func TestAReportAllocatesNothingOnceTheFirstAreHeld(t *testing.T) {
	n := &Notifier{[]*delivery{newDelivery(everyMinute, "host", slog.New(slog.DiscardHandler))}}
	b := Ban{Address: "203.0.113.9", Entry: "sshd", Line: strings.Repeat("x", 200)}
	for range firstBans {
		n.Ban(b)
	}
	if allocs := testing.AllocsPerRun(100, func() { n.Ban(b) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// example gathers more than a message tells in full.
func example() *Digest {
	g := gathering{since: time.Unix(1_800_000_000, 0).UTC()}
	for i := range 12 {
		entry := "sshd password"
		if i >= 9 {
			entry = "postfix"
		}
		g.ban(Ban{Address: fmt.Sprintf("203.0.113.%d", i), Entry: entry, For: "10m", Nth: 1 + i%2,
			Sender: "127.0.0.1", Line: hostile})
	}
	g.trouble("set blacklist is full")
	g.trouble("set blacklist is full")
	return g.digest("mx", time.Unix(1_800_000_060, 0).UTC())
}

// hostile is what an attacker may write: markup, header lines, terminal codes.
const hostile = "sshd[7]: \"@everyone <!channel>\"\r\nBcc: victim@example.net\r\n\r\n.\r\n\x1b[2J\u202e{{.Host}}\xff"

func TestTheTextTellsTheFirstBansAndCountsTheRest(t *testing.T) {
	want := `syslog-blacklist on mx: 12 bans, 2 troubles
trouble: set blacklist is full (2)
203.0.113.0 for sshd password, 10m
203.0.113.1 for sshd password, 10m, ban number 2
203.0.113.2 for sshd password, 10m
203.0.113.3 for sshd password, 10m, ban number 2
203.0.113.4 for sshd password, 10m
203.0.113.5 for sshd password, 10m, ban number 2
203.0.113.6 for sshd password, 10m
203.0.113.7 for sshd password, 10m, ban number 2
203.0.113.8 for sshd password, 10m
203.0.113.9 for postfix, 10m, ban number 2
and 2 more; of all these
- sshd password (9)
- postfix (3)`
	if diff := cmp.Diff(want, example().Text); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestATextHasABoundAndNoControlCharacters(t *testing.T) {
	g := gathering{}
	for i := range 100 {
		g.ban(Ban{Address: "2001:db8::/64", Entry: strings.Repeat("\x1b\n", 500) + fmt.Sprint(i), For: "1m"})
		g.trouble(strings.Repeat("\r\x00ü", 1000) + fmt.Sprint(i))
	}
	text := g.digest("mx", time.Now()).Text
	if len(text) > maxText+len("…") {
		t.Errorf("%d bytes", len(text))
	}
	if strings.ContainsAny(text, "\r\x00\x1b") {
		t.Errorf("%q", text)
	}
}

func FuzzDigest(f *testing.F) {
	f.Add("203.0.113.9", "sshd", hostile)
	f.Fuzz(func(t *testing.T, address, entry, line string) {
		var g gathering
		g.ban(Ban{Address: address, Entry: entry, Line: line})
		g.trouble(line)
		d := g.digest("mx", time.Now())
		if b, err := json.Marshal(d); err != nil || len(b) > 64<<10 {
			t.Errorf("%d bytes, error %v", len(b), err)
		}
		if strings.ContainsAny(d.Title(), "\r\n") {
			t.Errorf("title %q", d.Title())
		}
	})
}
