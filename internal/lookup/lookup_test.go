package lookup

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"syslog-blacklist/internal/lookuptest"
)

// running returns a Lookup that asks the registry h, and ends with the test.
func running(t *testing.T, h http.HandlerFunc) *Lookup {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	l := New(Config{RDAP: lookuptest.Bootstrap(t, s.URL)}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return l
}

func TestARegistryIsAskedOnceForANetwork(t *testing.T) {
	var questions atomic.Int32
	l := running(t, func(w http.ResponseWriter, r *http.Request) {
		questions.Add(1)
		fmt.Fprint(w, lookuptest.Network("192.0.2.0", "192.0.2.255", "Example Org", "abuse@example.org"))
	})
	for _, a := range []string{"192.0.2.7", "192.0.2.8", "::ffff:192.0.2.9", "192.0.2.7"} {
		r, all := l.Ask(t.Context(), netip.MustParseAddr(a))
		if c := r.Contact; !all || r.Fault != "" || c.Holder != "Example Org" || !slices.Equal(c.Mail, []string{"abuse@example.org"}) || c.Network.String() != "192.0.2.0/24" {
			t.Errorf("%s: %+v, all %v", a, r, all)
		}
	}
	if r := l.Known(netip.MustParseAddr("192.0.2.200")); r.Contact.Holder != "Example Org" {
		t.Errorf("known of another address of the network: %+v", r)
	}
	if n := questions.Load(); n != 1 {
		t.Errorf("%d questions, want 1", n)
	}
	if s := l.Stats(); *s.Contacts != (Asked{Questions: 1}) || s.Names != nil {
		t.Errorf("stats %+v", s)
	}
}

func TestAFailureIsToldAndNotRepeatedAtOnce(t *testing.T) {
	var questions atomic.Int32
	l := running(t, func(w http.ResponseWriter, r *http.Request) {
		questions.Add(1)
		http.NotFound(w, r)
	})
	for range 2 {
		if r, all := l.Ask(t.Context(), anyone); r.Fault == "" || !all {
			t.Errorf("%+v, all %v", r, all)
		}
	}
	if n := questions.Load(); n != 1 || l.Stats().Contacts.Failed != 1 {
		t.Errorf("%d questions, %+v", n, l.Stats().Contacts)
	}
}

func TestWhatComesAfterTheAskerHasGoneIsKept(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	l := running(t, func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-answer
		fmt.Fprint(w, lookuptest.Network("192.0.2.0", "192.0.2.255", "Example Org"))
	})
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-asked; leave() }()
	if r, all := l.Ask(ctx, anyone); all || r.Contact.Holder != "" {
		t.Errorf("%+v, all %v", r, all)
	}
	close(answer)
	if r, all := l.Ask(t.Context(), anyone); !all || r.Contact.Holder != "Example Org" {
		t.Errorf("%+v, all %v", r, all)
	}
}

func TestNothingIsLookedUpUnlessItIsConfigured(t *testing.T) {
	l := New(Config{}, slog.New(slog.DiscardHandler))
	l.Want(anyone)
	if r, all := l.Ask(t.Context(), anyone); r.Fault != "" || r.Name != "" || r.Network.IsValid() || !all {
		t.Errorf("%+v, all %v", r, all)
	}
	if s := l.Stats(); s.Names != nil || s.Contacts != nil || s.Databases != nil {
		t.Errorf("stats %+v", s)
	}
}

func TestTooManyQuestionsAreDroppedAndCounted(t *testing.T) {
	a := newAsker(func(context.Context, netip.Addr) answer[name] { panic("nobody asks here") })
	for i := range 2 * maxQueue {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		a.want(addr)
		a.want(addr) // the same question again is none
	}
	l := &Lookup{databases: newDatabases(nil, nil), names: a}
	if _, all := l.Ask(t.Context(), anyone); all { // and it has not waited
		t.Error("a question that was dropped counts as answered")
	}
	if len(a.queue) != maxQueue || len(a.waiting) != maxQueue || a.counts().Dropped != 2*maxQueue+1 {
		t.Errorf("%d queued, %d waiting, %+v", len(a.queue), len(a.waiting), *a.counts())
	}
}

func TestAnswersAreBelievedForTheirTimeAndTheirNumberIsBounded(t *testing.T) {
	a := newAsker(func(context.Context, netip.Addr) answer[name] { panic("nobody asks here") })
	now := time.Now()
	keep := func(i int, d time.Duration) netip.Addr {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		a.keep(answer[name]{name{text: "x"}, netip.PrefixFrom(addr, 32), now.Add(d), false}, now)
		return addr
	}
	known := func(addr netip.Addr, at time.Duration) bool {
		_, ok := a.getLocked(addr, now.Add(at))
		return ok
	}
	short, long := keep(0, time.Minute), keep(1, time.Hour)
	if !known(short, time.Minute-1) || known(short, time.Minute) || !known(long, time.Minute) {
		t.Error("an answer is not believed for its time")
	}
	for i := 2; i < maxKept; i++ {
		keep(i, time.Hour)
	}
	if a.counts().Evicted != 0 || len(a.kept) != maxKept {
		t.Fatalf("%d kept, %+v", len(a.kept), *a.counts())
	}
	now = now.Add(2 * time.Minute) // the short one is over, and no loss
	if last := keep(maxKept, time.Hour); !known(last, 0) {
		t.Error("the last answer is not known")
	}
	if want := maxKept - maxKept/8; len(a.kept) != want || a.counts().Evicted != maxKept/8 {
		t.Errorf("%d kept, want %d; %+v", len(a.kept), want, *a.counts())
	}
}

// BenchmarkBusy is what a new ban pays while nobody answers and the queue is full.
func BenchmarkBusy(b *testing.B) {
	a := newAsker(func(context.Context, netip.Addr) answer[name] { panic("nobody asks here") })
	l := &Lookup{names: a}
	for i := range maxQueue {
		l.Want(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Want(anyone)
	}
}
