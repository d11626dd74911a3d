package daemon

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync/atomic"

	"syslog-blacklist/rules"
)

// prover warns of rules whose address somebody can choose. That takes seconds for
// many rules, so it goes on in the background while they are in force.
type prover struct {
	log    *slog.Logger
	wanted atomic.Pointer[rules.Set]
	kick   chan struct{}
}

func newProver(log *slog.Logger) *prover {
	return &prover{log: log, kick: make(chan struct{}, 1)}
}

// Want has set proved next, in place of one that waits.
func (p *prover) Want(set *rules.Set) {
	p.wanted.Store(set)
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// Run proves what is wanted until ctx ends.
func (p *prover) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.kick:
			p.prove(ctx, p.wanted.Load())
			// This and the start, or the reload, before it needed much that is not needed again.
			debug.FreeOSMemory()
		}
	}
}

// prove logs a warning for each doubt that no comment silences.
func (p *prover) prove(ctx context.Context, set *rules.Set) {
	found, err := set.Prove(ctx)
	if err != nil && ctx.Err() == nil {
		p.log.Error("prove the rules", "err", err)
	}
	for _, s := range found {
		if s.Severity == rules.Warning && s.Silenced == "" {
			p.log.Warn(s.Error(), "line", s.Line, "taken", s.Line[s.Taken[0]:s.Taken[1]])
		}
	}
}
