package daemon

import (
	"sync"
	"time"

	"syslog-blacklist/internal/ledger"
)

// maxPause keeps a pause from being forgotten: a guard that silently does
// nothing is worse than none.
const maxPause = 24 * time.Hour

// pause holds new bans back from the kernel until its end. The ledger goes on
// counting and deciding; what is lifted is lifted, and bans that were in force
// before stay. It lives in memory: a restart ends it.
type pause struct {
	mu  sync.Mutex
	end ledger.Time // Boot 0: no pause
}

// set begins a pause, or ends it with the zero Time.
func (p *pause) set(end ledger.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end = end
}

// until returns the end of the pause; it is zero when there is none.
func (p *pause) until() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end.Wall
}

// over ends a pause whose time is up, and tells whether it did.
func (p *pause) over(now time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end.Boot == 0 || now < p.end.Boot {
		return false
	}
	p.end = ledger.Time{}
	return true
}

// hold keeps a ban from the kernel, while there is a pause. The comparison after its
// end writes, and tells, what is in force then.
func (e *enforcer) hold(c *ledger.Change) {
	if c.New {
		e.say.began(time.Now(), "paused, not blacklisting", c)
		e.ledger.Withhold([]*ledger.Change{c})
	}
}

// resume makes the kernel agree with the ledger again.
func (e *enforcer) resume() {
	e.log.Info("resumed: the bans that were decided meanwhile come into force")
	e.compareSoon()
}

// settled waits until all that is pending was written, and tells whether the
// kernel took it.
func (e *enforcer) settled(done <-chan struct{}) bool {
	written := make(chan bool, 1)
	select {
	case e.settle <- written:
	case <-done:
		return false
	}
	select {
	case ok := <-written:
		return ok
	case <-done:
		return false
	}
}
