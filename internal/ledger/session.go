package ledger

import (
	"hash/maphash"
	"time"
)

// Sessions know the address of a conversation whose later lines don't name it. A
// session is known by a hash of 64 bits under a seed of this process, which nobody
// outside can aim at.
type sessions struct {
	max     int
	evicted uint64
	longest time.Duration // the longest time a session was given
	seed    maphash.Seed
	known   recent[uint64, session]
}

type session struct {
	addr  key
	until time.Duration // boot clock, or never
}

func newSessions(limit int) sessions {
	return sessions{max: limit, seed: maphash.MakeSeed(), known: newRecent[uint64, session]()}
}

// name returns the session that r belongs to: the one that its pattern captured,
// within sender and host, or else the process.
func (s *sessions) name(r *Report) (uint64, bool) {
	switch {
	case r.Hit.Session != nil:
		return s.hash('s', r.Sender, r.Host, r.Hit.Session, nil), true
	case len(r.PID) > 0:
		return s.hash('p', r.Sender, r.Host, r.Tag, r.PID), true
	default:
		return 0, false
	}
}

func (s *sessions) hash(kind byte, sender string, parts ...[]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteByte(kind)
	h.WriteString(sender)
	h.WriteByte(0) // senders are addresses and names from the configuration: no NUL
	for _, p := range parts {
		maphash.WriteComparable(&h, len(p))
		h.Write(p)
	}
	return h.Sum64()
}

func (s *sessions) remember(now Time, name uint64, addr key, d time.Duration) {
	s.longest = max(s.longest, d)
	v, _ := s.known.touch(name, tickOf(now.Boot))
	*v = session{addr: addr, until: after(now.Boot, d)}
	if s.known.len() > s.max {
		s.known.remove(s.known.oldest)
		s.evicted++
	}
}

func (s *sessions) lookup(now Time, name uint64) (key, bool) {
	v := s.known.get(name)
	if v == nil || now.Boot >= v.until {
		return key{}, false
	}
	return v.addr, true
}

func (s *sessions) forget(name uint64) {
	if i := s.known.find(name); i != none {
		s.known.remove(i)
	}
}

// prune drops those that were given longer ago than any lasts, at most limit.
func (s *sessions) prune(now tick, limit int) {
	for ; s.known.len() > 0 && limit > 0; limit-- {
		i, last := s.known.stalest()
		if last >= now.before(s.longest) {
			return
		}
		s.known.remove(i)
	}
}
