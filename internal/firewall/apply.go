package firewall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNotConfirmed is returned by ApplyConfirmed when the rules were taken back.
var ErrNotConfirmed = errors.New("not confirmed: the rules of before are back")

// Apply makes the kernel's rules those of cfg, in both families, with our jumps
// first in PREROUTING of raw. Where they are so already nothing is touched, and
// the burst rules keep their counts. When one family fails, the other is put
// back. A missing set is a *MissingSetError. A machine without IPv6 or ip6tables
// gets IPv4 alone; Check says so.
func Apply(ctx context.Context, cfg Config) error {
	h, err := system()
	if err != nil {
		return err
	}
	_, err = h.apply(ctx, &cfg)
	return err
}

// ApplyConfirmed is Apply for who may lock himself out. When rules have changed
// it calls ask, which tells the operator and returns a channel: true within wait
// keeps the rules; false, a closed channel, the end of wait or of ctx puts back
// those of before and returns ErrNotConfirmed. The caller ends ctx on SIGINT,
// SIGTERM and SIGHUP, closes the channel when the terminal is gone, and ignores
// SIGPIPE. Where nothing has changed, nobody is asked.
func ApplyConfirmed(ctx context.Context, cfg Config, wait time.Duration, ask func() <-chan bool) error {
	h, err := system()
	if err != nil {
		return err
	}
	return h.applyConfirmed(ctx, &cfg, wait, ask)
}

// Remove takes our chain and the jumps to it out of both families and both
// backends. Where there is none it does nothing.
func Remove(ctx context.Context) error {
	h, err := system()
	if err != nil {
		return err
	}
	return h.remove(ctx)
}

// held is a ruleset and where it stands.
type held struct {
	backend
	ruleset
}

// look reads the family's rules in all backends, first in what iptables runs.
func (h host) look(ctx context.Context, f Family) ([]held, error) {
	backends, err := h.backends(ctx, f)
	if err != nil {
		return nil, err
	}
	var found []held
	for i, b := range backends {
		r, err := h.read(ctx, b)
		if err != nil && i == 0 {
			return nil, err
		}
		if err == nil { // else the kernel lacks the other backend, which holds nothing then
			found = append(found, held{b, r})
		}
	}
	return found, nil
}

// inUse returns the one of found that our rules stand in, or are to.
func inUse(found []held) held {
	if i := slices.IndexFunc(found, func(x held) bool { return x.exists }); i >= 0 {
		return found[i]
	}
	if i := slices.IndexFunc(found, func(x held) bool { return x.used }); i >= 0 {
		return found[i]
	}
	return found[0]
}

// apply returns what was there before, where something has changed.
func (h host) apply(ctx context.Context, cfg *Config) (before []held, err error) {
	for _, f := range families {
		want, err := wanted(cfg, f)
		if err != nil {
			return nil, err
		}
		found, err := h.look(ctx, f)
		if f == IPv6 && (errors.Is(err, errNoIPv6) || errors.Is(err, errNoPrograms)) {
			continue
		}
		if err == nil {
			now := inUse(found)
			if now.sameRules(want) && len(now.before) == 0 {
				continue
			}
			// Before the deed: a program that was killed may have done it.
			before = append(before, now)
			if err = h.feed(ctx, now.backend, transition(now.ours, want)); err == nil {
				continue
			}
		}
		return nil, errors.Join(fmt.Errorf("apply %s rules: %w", f, err), h.rollBack(ctx, before))
	}
	return before, nil
}

func (h host) applyConfirmed(ctx context.Context, cfg *Config, wait time.Duration, ask func() <-chan bool) error {
	before, err := h.apply(ctx, cfg)
	if err != nil || len(before) == 0 {
		return err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case yes := <-ask():
		if yes {
			return nil
		}
	case <-timer.C:
	case <-ctx.Done():
	}
	if err := h.rollBack(ctx, before); err != nil {
		return err
	}
	return ErrNotConfirmed
}

// rollBack puts back what was ours before, also when ctx has ended. Rules of
// others that have come or gone since stay as they are.
func (h host) rollBack(ctx context.Context, before []held) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for _, was := range before {
		now, err := h.read(ctx, was.backend)
		if err == nil && now.sameRules(was.ours) {
			continue
		}
		if err == nil {
			for i := range was.jumps {
				was.jumps[i].position = min(was.jumps[i].position, now.others+i+1)
			}
			err = h.feed(ctx, was.backend, transition(now.ours, was.ours))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("put back %s rules (the new ones stand): %w", was.family, err))
		}
	}
	return errors.Join(errs...)
}

// remove goes on after an error, to take away what it can.
func (h host) remove(ctx context.Context) error {
	var errs []error
	for _, f := range families {
		found, err := h.look(ctx, f)
		if err != nil && !errors.Is(err, errNoIPv6) && !errors.Is(err, errNoPrograms) {
			errs = append(errs, err)
		}
		for _, now := range found {
			if !now.exists {
				continue
			}
			if err := h.feed(ctx, now.backend, transition(now.ours, ours{})); err != nil {
				errs = append(errs, fmt.Errorf("remove %s rules: %w", f, err))
			}
		}
	}
	return errors.Join(errs...)
}
