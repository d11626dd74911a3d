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
	known   recent[sessionName, session]
}

// A sessionName is the hash of what a session is known by.
type sessionName uint64

func (n sessionName) hash() uint32 { return uint32(n) }

type session struct {
	addr  key
	until time.Duration // boot clock, or never
}

func newSessions(limit int) sessions {
	return sessions{max: limit, known: newRecent[sessionName, session]()}
}

// name returns the session that r belongs to: the one that its pattern captured,
// within sender and host, or else the process.
func (s *sessions) name(r *Report) (sessionName, bool) {
	switch {
	case r.Hit.Session != nil:
		return s.hash('s', r.Sender, r.Host, r.Hit.Session, nil), true
	case len(r.PID) > 0:
		return s.hash('p', r.Sender, r.Host, r.Tag, r.PID), true
	default:
		return 0, false
	}
}

func (s *sessions) hash(kind byte, sender string, parts ...[]byte) sessionName {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteByte(kind)
	h.WriteString(sender)
	h.WriteByte(0) // senders are addresses and names from the configuration: no NUL
	for _, p := range parts {
		maphash.WriteComparable(&h, len(p))
		h.Write(p)
	}
	return sessionName(h.Sum64())
}

func (s *sessions) remember(now Time, name sessionName, addr key, d time.Duration) {
	s.longest = max(s.longest, d)
	v, _ := s.known.touch(name, tickOf(now.Boot))
	*v = session{addr: addr, until: after(now.Boot, d)}
	if s.known.len() > s.max {
		s.known.remove(s.known.oldest)
		s.evicted++
	}
}

func (s *sessions) lookup(now Time, name sessionName) (key, bool) {
	v := s.known.get(name)
	if v == nil || now.Boot >= v.until {
		return key{}, false
	}
	return v.addr, true
}

func (s *sessions) forget(name sessionName) {
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
