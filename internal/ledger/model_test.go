package ledger_test

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/rules"
)

// model is the ledger as one would explain it: lists and loops. It says what the
// real one must do, and nothing of how.
type model struct {
	cfg      ledger.Config
	spared   []netip.Prefix
	always   []netip.Prefix
	recidive *rules.Verdict

	now      time.Duration
	bans     []*mban
	past     []mpast
	counters []*mcounter
	touched  []netip.Prefix // whose strikes, the stalest first
	last     map[netip.Prefix]time.Duration
	longest  time.Duration
	sessions []msession
	tokens   map[string]*mtokens
	ended    []mended
	evicted  uint64
}

type mban struct {
	set           ledger.Set
	prefix        netip.Prefix
	until, length time.Duration // forever is rules.Forever
	nth           int
	offences      uint64
	entry, sender string
	origin        ledger.Origin
}

type mpast struct {
	prefix netip.Prefix
	ended  time.Duration
}

type mcounter struct {
	prefix    netip.Prefix
	entry     string
	verdict   int
	different string
	strikes   []mstrike
}

type mstrike struct {
	at    time.Duration
	value string
}

type msession struct {
	name  string
	addr  netip.Addr
	until time.Duration
}

type mtokens struct {
	left float64
	at   time.Duration
}

type mended struct {
	set    ledger.Set
	prefix netip.Prefix
	by     string
}

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func (m *model) isSpared(p netip.Prefix) bool {
	return slices.ContainsFunc(m.spared, p.Overlaps)
}

func (m *model) unit(a netip.Addr) netip.Prefix {
	bits := m.cfg.Prefix6
	if a.Is4() {
		bits = m.cfg.Prefix4
	}
	p, _ := a.Prefix(bits)
	if m.isSpared(p) {
		return single(a)
	}
	return p
}

// advance lets time pass: what is over goes.
func (m *model) advance(d time.Duration) {
	m.now += d
	for _, b := range slices.Clone(m.bans) {
		if b.until <= m.now {
			m.end(b, b.until, "")
		}
	}
}

func (m *model) end(b *mban, when time.Duration, by string) {
	m.bans = slices.DeleteFunc(m.bans, func(o *mban) bool { return o == b })
	if b.set == ledger.Blacklist {
		m.past = append(m.past, mpast{b.prefix, when})
	}
	m.ended = append(m.ended, mended{b.set, b.prefix, by})
}

func (m *model) exact(set ledger.Set, p netip.Prefix) *mban {
	for _, b := range m.bans {
		if b.set == set && b.prefix == p {
			return b
		}
	}
	return nil
}

func (m *model) covering(set ledger.Set, p netip.Prefix) *mban {
	var best *mban
	for _, b := range m.bans {
		if b.set == set && b.prefix.Bits() <= p.Bits() && b.prefix.Contains(p.Addr()) && (best == nil || b.prefix.Bits() > best.prefix.Bits()) {
			best = b
		}
	}
	return best
}

// count is how many bans of p ended lately; those beyond the last eight are one
// group that is as old as its youngest.
func (m *model) count(p netip.Prefix, within time.Duration) int {
	var ends []time.Duration
	for _, o := range m.past {
		if o.prefix == p {
			ends = append(ends, o.ended)
		}
	}
	slices.Sort(ends)
	slices.Reverse(ends)
	n := 0
	for i, e := range ends {
		if i == 8 {
			if e >= m.now-within {
				n += len(ends) - 8
			}
			break
		}
		if e >= m.now-within {
			n++
		}
	}
	return n
}

func (m *model) give(set ledger.Set, p netip.Prefix, length, until time.Duration) (*mban, bool) {
	b := m.exact(set, p)
	if b != nil && b.until >= until {
		return b, false
	}
	if b == nil {
		b = &mban{set: set, prefix: p}
		if set == ledger.Blacklist {
			b.nth = 1 + m.count(p, m.cfg.History)
		}
		m.bans = append(m.bans, b)
	}
	b.length, b.until = length, until
	return b, true
}

func until(from, d time.Duration) time.Duration {
	if d == rules.Forever {
		return rules.Forever
	}
	return from + d
}

func (m *model) hit(r *ledger.Report, age time.Duration) ledger.Outcome {
	e, addr := r.Hit.Entry, r.Hit.Addr
	v := e.Verdicts[0]
	session := ""
	if r.Hit.Session != nil {
		session = "s" + r.Sender + "|" + string(r.Host) + "|" + string(r.Hit.Session)
	} else if len(r.PID) > 0 {
		session = "p" + r.Sender + "|" + string(r.Host) + "|" + string(r.Tag) + "|" + string(r.PID)
	}
	switch v.Kind {
	case rules.Ignore:
		return ledger.Outcome{Result: ledger.Ignored, Addr: addr}
	case rules.Forget:
		m.sessions = slices.DeleteFunc(m.sessions, func(s msession) bool { return s.name == session })
		return ledger.Outcome{Result: ledger.Forgotten, Addr: addr}
	case rules.Remember:
		if session == "" || !addr.IsValid() {
			return ledger.Outcome{Result: ledger.NoAddress, Addr: addr}
		}
		m.sessions = slices.DeleteFunc(m.sessions, func(s msession) bool { return s.name == session })
		m.sessions = append(m.sessions, msession{session, addr, until(m.now, v.For)})
		m.sessions = m.sessions[max(0, len(m.sessions)-m.cfg.Tracked):]
		return ledger.Outcome{Result: ledger.Remembered, Addr: addr}
	}
	if !addr.IsValid() {
		for _, s := range m.sessions {
			if s.name == session && s.until > m.now {
				addr = s.addr
			}
		}
	}
	if !addr.IsValid() {
		return ledger.Outcome{Result: ledger.NoAddress}
	}
	if m.isSpared(single(addr)) {
		return ledger.Outcome{Result: ledger.Spared, Addr: addr}
	}
	if age <= ledger.LateAfter {
		age = 0
	}
	if v.Kind == rules.Accept {
		return ledger.Outcome{Result: m.accept(r, addr, v.For, age), Addr: addr}
	}
	return ledger.Outcome{Result: m.offend(r, addr, age), Addr: addr}
}

func (m *model) accept(r *ledger.Report, addr netip.Addr, d, age time.Duration) ledger.Result {
	p := single(addr)
	if age >= d {
		return ledger.Late
	}
	if slices.ContainsFunc(m.always, p.Overlaps) {
		return ledger.Refused
	}
	if m.exact(ledger.Whitelist, p) == nil {
		if !m.mayHold(ledger.Whitelist, r.Sender) {
			return ledger.Tripped
		}
		m.forgetStrikes(p)
		m.forgetStrikes(m.unit(addr))
	}
	if b, changed := m.give(ledger.Whitelist, p, d, until(m.now-age, d)); changed {
		b.entry, b.sender, b.origin = r.Hit.Entry.Name, r.Sender, ledger.ByRule
	}
	return ledger.Accepted
}

func (m *model) offend(r *ledger.Report, addr netip.Addr, age time.Duration) ledger.Result {
	e, unit := r.Hit.Entry, m.unit(addr)
	accepted, banned := m.covering(ledger.Whitelist, single(addr)), m.covering(ledger.Blacklist, single(addr))
	if accepted != nil {
		accepted.offences++
		if accepted.origin != ledger.ByRule {
			return ledger.Excused
		}
	}
	least, nth, on := time.Duration(0), 1+m.count(unit, m.cfg.History), unit
	if banned != nil {
		banned.offences++
		nth = banned.nth
		if accepted == nil {
			least = banned.length
		}
	}
	if accepted != nil {
		on = single(addr)
	}
	var due time.Duration
	var spent []*mcounter
	late := age > 0
	for i, v := range e.Verdicts {
		d := doubled(v, nth)
		need, window := v.After, v.Within
		switch {
		case accepted != nil && v.After == 1:
			need, window = 10, accepted.length
		case accepted != nil:
			need *= 5
		}
		if d <= least || need == 1 && age >= d || need > 1 && age > window && age > 0 {
			continue
		}
		late = false
		if need == 1 {
			due = max(due, d)
			continue
		}
		value := ""
		if v.Different != "" {
			i := slices.IndexFunc(r.Hit.Details, func(d rules.Detail) bool { return d.Name == v.Different })
			if i < 0 {
				continue
			}
			value = string(r.Hit.Details[i].Value)
		}
		c := m.strike(on, e.Name, i, v.Different, mstrike{m.now - age, value}, max(1, r.Repeat), need, window)
		if len(c.strikes) == need && c.strikes[0].at >= m.now-min(window, m.now+1000*time.Hour) && age < d {
			due = max(due, d)
			spent = append(spent, c)
		}
	}
	switch {
	case due == 0 && banned != nil:
		return ledger.AlreadyBanned
	case due == 0 && late:
		return ledger.Late
	case due == 0:
		return ledger.Counted
	}
	if banned == nil {
		if v := m.recidive; v != nil && 1+m.count(unit, v.Within) >= v.After {
			due = max(due, v.For)
		}
		if !m.mayHold(ledger.Blacklist, r.Sender) {
			return ledger.Tripped
		}
	}
	if !m.token(r.Sender + "|" + e.Name) {
		return ledger.Tripped
	}
	for _, c := range spent {
		c.strikes = nil
	}
	if accepted != nil {
		m.end(accepted, m.now, "its offences")
	}
	b, changed := m.give(ledger.Blacklist, unit, due, until(m.now-age, due))
	if !changed {
		return ledger.AlreadyBanned
	}
	b.entry, b.sender, b.origin = e.Name, r.Sender, ledger.ByRule
	return ledger.Banned
}

func doubled(v rules.Verdict, nth int) time.Duration {
	d := v.For
	if v.DoublingTo == 0 || d == rules.Forever {
		return d
	}
	for range nth - 1 {
		d = min(2*d, v.DoublingTo)
	}
	return d
}

func (m *model) mayHold(set ledger.Set, sender string) bool {
	n := 0
	for _, b := range m.bans {
		if b.set == set && b.sender == sender {
			n++
		}
	}
	return m.cfg.Capacity == 0 || n < m.cfg.Capacity/2
}

func (m *model) token(name string) bool {
	if m.cfg.BansPerSecond == 0 {
		return true
	}
	t := m.tokens[name]
	if t == nil {
		t = &mtokens{float64(m.cfg.Burst), m.now}
		m.tokens[name] = t
	}
	t.left = min(float64(m.cfg.Burst), t.left+(m.now-t.at).Seconds()*float64(m.cfg.BansPerSecond))
	t.at = m.now
	if t.left < 1-1e-6 {
		return false
	}
	t.left--
	return true
}

func (m *model) strike(p netip.Prefix, entry string, verdict int, different string, s mstrike, times, need int, window time.Duration) *mcounter {
	m.longest = max(m.longest, window)
	m.touched = append(slices.DeleteFunc(m.touched, func(q netip.Prefix) bool { return q == p }), p)
	m.last[p] = m.now
	var c *mcounter
	for _, o := range m.counters {
		if o.prefix == p && o.entry == entry && o.verdict == verdict && o.different == different {
			c = o
		}
	}
	if c == nil {
		c = &mcounter{prefix: p, entry: entry, verdict: verdict, different: different}
		m.counters = append(m.counters, c)
	}
	keep := func() { c.strikes = c.strikes[max(0, len(c.strikes)-need):] }
	keep()
	for range times {
		if different != "" {
			i := slices.IndexFunc(c.strikes, func(o mstrike) bool { return o.value == s.value })
			if i >= 0 && c.strikes[i].at >= s.at {
				break
			}
			if i >= 0 {
				c.strikes = slices.Delete(slices.Clone(c.strikes), i, i+1)
			}
		}
		c.strikes = append(slices.Clone(c.strikes), s)
		slices.SortStableFunc(c.strikes, func(a, b mstrike) int { return int(a.at - b.at) })
		keep()
	}
	for len(m.counters) > m.cfg.Tracked && len(m.touched) > 1 {
		m.evicted += m.forgetStrikes(m.touched[0])
	}
	return c
}

func (m *model) forgetStrikes(p netip.Prefix) (n uint64) {
	m.counters = slices.DeleteFunc(m.counters, func(c *mcounter) bool {
		if c.prefix == p {
			n++
		}
		return c.prefix == p
	})
	m.touched = slices.DeleteFunc(m.touched, func(q netip.Prefix) bool { return q == p })
	return n
}

// expire forgets what counts no more and tells what ended.
func (m *model) expire() []mended {
	for len(m.touched) > 0 && m.last[m.touched[0]] < m.now-min(m.longest, m.now+1000*time.Hour) {
		m.forgetStrikes(m.touched[0])
	}
	e := m.ended
	m.ended = nil
	return e
}

func (m *model) lift(set ledger.Set, p netip.Prefix, by string) []mended {
	before := len(m.ended)
	for _, b := range slices.Clone(m.bans) {
		if b.set == set && p.Bits() <= b.prefix.Bits() && p.Contains(b.prefix.Addr()) {
			m.end(b, m.now, by)
		}
	}
	lifted := slices.Clone(m.ended[before:])
	m.ended = m.ended[:before]
	return lifted
}

func (m *model) unban(p netip.Prefix, by string, forget bool) []mended {
	lifted := m.lift(ledger.Blacklist, p, by)
	if forget {
		in := func(q netip.Prefix) bool { return p.Bits() <= q.Bits() && p.Contains(q.Addr()) }
		m.past = slices.DeleteFunc(m.past, func(o mpast) bool { return in(o.prefix) })
		for _, q := range slices.Clone(m.touched) {
			if in(q) {
				m.forgetStrikes(q)
			}
		}
	}
	return lifted
}

func (m *model) operate(set ledger.Set, p netip.Prefix, d time.Duration, reason, by string) bool {
	refused := m.always
	if set == ledger.Blacklist {
		refused = m.spared
	}
	if slices.ContainsFunc(refused, p.Overlaps) {
		return false
	}
	if set == ledger.Blacklist {
		m.ended = append(m.ended, m.lift(ledger.Whitelist, p, by)...)
	}
	if b, changed := m.give(set, p, d, until(m.now, d)); changed {
		b.entry, b.sender, b.origin = reason, by, ledger.ByOperator
	}
	return true
}

func (m *model) liftSpared() []mended {
	before := len(m.ended)
	for _, b := range slices.Clone(m.bans) {
		switch {
		case b.set == ledger.Blacklist && m.isSpared(b.prefix):
			m.end(b, m.now, "spared")
		case b.set == ledger.Whitelist && slices.ContainsFunc(m.always, b.prefix.Overlaps):
			m.end(b, m.now, "always")
		}
	}
	lifted := slices.Clone(m.ended[before:])
	m.ended = m.ended[:before]
	return lifted
}

func (m *model) adopt(set ledger.Set, p netip.Prefix, remaining time.Duration, comment string) {
	if b := m.exact(set, p); b != nil {
		if remaining == rules.Forever && b.until != rules.Forever || remaining != rules.Forever && m.now+remaining-time.Second > b.until {
			b.until, b.length = until(m.now, remaining), max(b.length, remaining)
		}
		return
	}
	b, _ := m.give(set, p, remaining, until(m.now, remaining))
	b.entry, b.origin = comment, ledger.ByKernel
}

func compareEnded(a, b mended) int {
	if c := a.prefix.Addr().Compare(b.prefix.Addr()); c != 0 {
		return c
	}
	if c := int(a.set) - int(b.set); c != 0 {
		return c
	}
	if c := a.prefix.Bits() - b.prefix.Bits(); c != 0 {
		return c
	}
	return bytes.Compare([]byte(a.by), []byte(b.by))
}
