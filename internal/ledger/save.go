package ledger

import (
	"slices"
	"time"
)

// save is k's state for the disk.
func (l *Ledger) save(now Time, k key) saved {
	s := saved{key: k}
	for set := range l.sets {
		if o := l.sets[set].get(k); o != nil {
			s.holds[set] = saveHold(now, o)
		}
	}
	r := l.history.prefixes.get(k)
	if r == nil {
		return s
	}
	for i := r.latest; i != none; i = l.history.bans.at(i).older {
		p := l.history.bans.at(i)
		s.past = append(s.past, savedPast{
			begun: millis(now, p.begun.boot()), ended: millis(now, p.ended.boot()), offences: p.offences, entry: p.entry})
	}
	slices.Reverse(s.past)
	if s.more = r.more; s.more > 0 {
		s.moreEnded = millis(now, r.moreEnded.boot())
	}
	return s
}

func saveHold(now Time, o *hold) savedHold {
	h := savedHold{
		held: true, since: millis(now, o.begun), until: endless, length: o.length,
		nth: o.nth, offences: o.offences, origin: originOf(o.origin), entry: o.entry, line: o.line,
	}
	if o.until != never {
		h.until = millis(now, o.until)
	}
	if o.sender != nil {
		h.sender = o.sender.name
	}
	return h
}

func millis(now Time, boot time.Duration) int64 { return now.wallAt(boot).UnixMilli() }

// restore replaces k's state by one from the disk. base is the wall clock's time in
// the file that is now: the present time, or when the clock is behind the last save
// (a machine without a battery), the time of that save.
func (l *Ledger) restore(now Time, base int64, s *saved) {
	for set := range l.sets {
		if o := l.sets[set].get(s.key); o != nil {
			l.acquit(Set(set), o)
			l.sets[set].remove(o)
		}
	}
	l.history.forget(s.key)
	boot := func(ms int64) time.Duration { return after(now.Boot, milliseconds(ms-base)) }
	if s.more > 0 {
		l.history.addMore(s.key, s.more, tickOf(boot(s.moreEnded)))
	}
	for _, p := range s.past {
		l.history.add(s.key, past{begun: tickOf(boot(p.begun)), ended: tickOf(boot(p.ended)), offences: p.offences, entry: p.entry})
	}
	for set := range l.sets {
		h := &s.holds[set]
		if !h.held {
			continue
		}
		o := l.sets[set].add(s.key)
		o.begun, o.length, o.nth, o.offences = boot(h.since), h.length, h.nth, h.offences
		l.blame(Set(set), o, h.origin, h.entry, h.sender, h.line)
		if h.until != endless {
			l.sets[set].end(o, min(boot(h.until), after(now.Boot, h.length)))
		}
	}
}

// milliseconds is a duration that does not overflow, whatever a file says.
func milliseconds(ms int64) time.Duration {
	const most = int64(never/time.Millisecond) / 2
	return time.Duration(min(max(ms, -most), most)) * time.Millisecond
}

// sort puts the map's keys in the order of their moments, after many were added in
// another.
func (r *recent[K, V]) sort() {
	order := make([]int32, 0, r.len())
	for i := r.oldest; i != none; i = r.nodes.at(i).newer {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int32) int { return int(int64(r.nodes.at(a).last) - int64(r.nodes.at(b).last)) })
	r.oldest, r.newest = none, none
	for _, i := range order {
		r.link(i)
	}
}

// everyKey calls f with the keys in a part of what the ledger remembers: the parts
// count from 0, and more is false behind the last.
func (l *Ledger) everyKey(part int, f func(key)) (more bool) {
	for set := range l.sets {
		h := &l.sets[set]
		if part < len(h.slab.pieces) {
			for i := range h.slab.pieces[part] {
				if o := &h.slab.pieces[part][i]; o.origin != 0 { // a free one has none
					f(o.key)
				}
			}
			return true
		}
		part -= len(h.slab.pieces)
	}
	p := &l.history.prefixes
	if part >= len(p.nodes.pieces) {
		return false
	}
	for i := range p.nodes.pieces[part] {
		n := &p.nodes.pieces[part][i]
		free := n.value.kept == 0 && n.value.more == 0
		if !free && l.sets[Blacklist].get(n.key) == nil && l.sets[Whitelist].get(n.key) == nil {
			f(n.key)
		}
	}
	return true
}
