package daemon

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/ipset"
	"syslog-blacklist/rules"
)

// job is what goes to one set in one direction.
type job struct {
	set      string
	remove   bool
	elements []ipset.Element
	changes  []*ledger.Change // what each element is of
}

// writeAll writes changes, one for each element, and keeps what the kernel did not
// answer for.
func (e *enforcer) writeAll(changes []ledger.Change) {
	for _, job := range e.sort(changes) {
		for _, c := range job.changes[e.write(job):] {
			e.unacked = append(e.unacked, *c)
		}
	}
}

// sort groups changes by set and direction.
func (e *enforcer) sort(changes []ledger.Change) []*job {
	var jobs []*job
	paused := !e.pause.until().IsZero()
	for i := range changes {
		c := &changes[i]
		switch {
		case !e.allowed(c.Set, c.Prefix, c.Remove):
		case paused && c.Set == ledger.Blacklist && !c.Remove:
			e.hold(c)
		default:
			j := jobOf(&jobs, e.sets.of(c.Set, c.Prefix), c.Remove, len(changes))
			j.elements = append(j.elements, ipset.Element{Prefix: c.Prefix, Timeout: timeout(c.Remaining), Comment: e.sets.comment(j.set, c.Entry)})
			j.changes = append(j.changes, c)
		}
	}
	return jobs
}

// jobOf returns the job among the few that there are, a new one with room for size.
func jobOf(jobs *[]*job, set string, remove bool, size int) *job {
	for _, j := range *jobs {
		if j.set == set && j.remove == remove {
			return j
		}
	}
	j := &job{set: set, remove: remove, elements: make([]ipset.Element, 0, size), changes: make([]*ledger.Change, 0, size)}
	*jobs = append(*jobs, j)
	return j
}

// allowed refuses what must not reach the kernel although the ledger decided it:
// the spared may have changed since, and a spared prefix stands in the whitelist
// for ever, so that an acceptance would give it an end.
func (e *enforcer) allowed(set ledger.Set, p netip.Prefix, remove bool) bool {
	if name := e.sets.of(set, p); !e.sets.takes(name, p) {
		e.errors.add("add", 1)
		e.log.Error(fmt.Sprintf("set %s holds single addresses only: %s is not in force; destroy the set while syslog-blacklist is stopped, and it is made anew", name, p))
		return false
	}
	if set == ledger.Blacklist {
		return remove || !e.spared.Overlaps(p)
	}
	_, spared := e.spared.Lookup(p.Addr())
	return !spared
}

// write brings one job to the kernel and returns how many elements are dealt with: it
// did not answer for the others. An element that the kernel refuses is told and left;
// the rest goes on behind it.
func (e *enforcer) write(j *job) (done int) {
	for done < len(j.elements) {
		if !j.remove && e.isFull(j.set) {
			e.errors.add("full", len(j.elements)-done)
			e.ledger.Withhold(j.changes[done:])
			break
		}
		n, err := e.apply(j, done)
		e.acknowledged(j.changes[done : done+n])
		done += n
		var refused *ipset.Error
		switch {
		case err == nil:
		case errors.Is(err, ipset.ErrFull):
			if e.setFull(j.set) {
				e.log.Error(fmt.Sprintf("set %s is full: new bans are not in force until elements expire; raise sets.size and restart the daemon", j.set))
			}
		case errors.As(err, &refused) && refused.Culprit && done < len(j.elements):
			e.errors.add(refused.Op, 1)
			e.log.Error("the kernel refused an element", "err", err)
			done++
		default:
			e.errors.add(op(j.remove), 1)
			e.log.Error("write to the kernel failed; it is tried again", "set", j.set, "err", err)
			return done
		}
	}
	return len(j.elements)
}

func op(remove bool) string {
	if remove {
		return "delete"
	}
	return "add"
}

// apply writes the elements that are not done, and returns how many of them it wrote.
func (e *enforcer) apply(j *job, done int) (int, error) {
	if !j.remove {
		return e.kernel.Add(j.set, j.elements[done:])
	}
	var prefixes []netip.Prefix
	for _, x := range j.elements[done:] {
		prefixes = append(prefixes, x.Prefix)
	}
	return e.kernel.Delete(j.set, prefixes)
}

// timeout is what the kernel is told of a remaining time: 0 means for ever
// there, so the last fraction of a second becomes a whole one, and what is
// beyond its limit is re-armed by later comparisons.
func timeout(remaining time.Duration) time.Duration {
	if remaining == rules.Forever {
		return 0
	}
	return min(max(remaining, time.Second), ipset.MaxTimeout)
}

func (e *enforcer) acknowledged(changes []*ledger.Change) {
	t := now()
	for _, c := range changes {
		if !c.New || c.Remove {
			continue
		}
		if c.Set == ledger.Blacklist {
			e.latency((t.Boot - c.Arrived.Boot).Seconds())
			e.notify(c)
			e.wantName(c)
		}
		e.say.began(t.Wall, verb(c.Set), c)
	}
}
