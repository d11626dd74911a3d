package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/firewall"
)

// silent is for how long a sender that is named may have nothing to say.
const silent = 24 * time.Hour

// daemon tells whether it answers.
func (r *report) daemon(f *Facts) bool {
	away := new(control.ConnectError)
	switch {
	case f.Status != nil:
	case errors.As(f.Ask, &away) && away.Away():
		r.add(Wrong, "daemon", "it does not run: nobody serves "+away.Path,
			"systemctl enable --now syslog-blacklist", "journalctl -u syslog-blacklist -n 20")
		return false
	default:
		r.add(Unknown, "daemon", f.Ask.Error(), "sudo syslog-blacklist doctor")
		return false
	}
	s := f.Status
	r.addf(Good, "daemon", "it runs since %s, process %d", s.Started.In(f.Now.Location()).Format(time.DateTime), s.PID)
	if s.DryRun {
		r.add(Wrong, "daemon", "it was started with --dry-run: nothing is written to the kernel", "start it without --dry-run")
	}
	if s.Paused != nil {
		r.add(Wrong, "daemon", "it pauses until "+s.Paused.In(f.Now.Location()).Format(time.DateTime)+": nobody new is banned",
			"syslog-blacklist resume")
	}
	if s.Counts.Pending > 0 {
		r.add(Warning, "daemon", fmt.Sprintf("%d changes wait for the kernel", s.Counts.Pending), "journalctl -u syslog-blacklist -n 20")
	}
	if s.Counts.BreakerTrips > 0 {
		r.add(Warning, "daemon", fmt.Sprintf("%d bans were withheld: one sender caused too many at once, or holds half of a set", s.Counts.BreakerTrips),
			"syslog-blacklist status", "raise bans_per_second and burst in limits:, or size in sets:, if they were right")
	}
	return true
}

func received(s *control.Status) (n uint64) {
	for _, l := range s.Listeners {
		n += l.Received
	}
	return n
}

// dropped says what is to be done about each reason to drop a message.
var dropped = []struct{ reason, found, mend string }{
	{"untrusted", "are of senders that trust: does not name", "name the sender in trust: and restart the daemon"},
	{"kernel", "did not fit into the receive buffer", `send over TCP, which waits: protocol="tcp" in rsyslog's snippet`},
	{"oversize", "were too long, and were cut", "raise line in limits: and restart the daemon"},
	{"connections", "connections were one too many", "raise connections in limits: and restart the daemon"},
	{"broken", "connections spoke no syslog, or broke off", "see who connects to it, and what it speaks: ss -tn"},
}

func (r *report) arriving(f *Facts) {
	s := f.Status
	if len(s.Listeners) == 0 {
		r.add(Wrong, "listener", "there is none", "write listen: into the configuration")
	}
	refused := false
	for _, l := range s.Listeners {
		if l.Received > 0 {
			r.addf(Good, "listener", "%s has received %d", l.URL, l.Received)
		}
		for _, d := range dropped {
			n := l.Dropped[d.reason]
			if n == 0 {
				continue
			}
			level := Warning
			if d.reason == "untrusted" && l.Received == 0 {
				level, refused = Wrong, true
			}
			r.add(level, "listener", fmt.Sprintf("%s: %d %s", l.URL, n, d.found), d.mend)
		}
	}
	if received(s) == 0 && !refused && len(s.Listeners) > 0 {
		r.add(Wrong, "listener", join(s.Listeners)+": nothing has arrived since the daemon started",
			"logger -p auth.info -t 'sshd[1]' hello", "syslog-blacklist doctor")
	}
	for _, x := range s.Senders {
		switch {
		case x.Last == nil:
			r.add(Warning, "sender", x.Name+" was never heard", "have it send; until then its attackers are not seen")
		case f.Now.Sub(*x.Last) > silent:
			r.add(Warning, "sender", fmt.Sprintf("%s was last heard %s", x.Name, x.Last.In(f.Now.Location()).Format(time.DateTime)), "look after its syslog daemon")
		default:
			r.addf(Good, "sender", "%s was heard %s", x.Name, x.Last.In(f.Now.Location()).Format(time.DateTime))
		}
	}
}

func join(listeners []control.Listener) string {
	var urls []string
	for _, l := range listeners {
		urls = append(urls, l.URL)
	}
	return strings.Join(urls, ", ")
}

// hits tells whether the rules that are in force recognise anything.
func (r *report) hits(f *Facts) {
	s := f.Status
	file := cmp.Or(s.Rules.File, "the shipped rules")
	var hits, lost uint64
	var last time.Time
	for _, e := range s.Entries {
		hits += e.Hits
		lost += e.NoAddress
		if e.LastHit != nil && e.LastHit.After(last) {
			last = *e.LastHit
		}
	}
	switch {
	case !s.Rules.LastReload:
		r.add(Wrong, "rules", "the last reload found faults: those of before are in force", "syslog-blacklist check", "syslog-blacklist reload")
	case s.Rules.Entries == 0:
		r.add(Wrong, "rules", file+" has no entries: nobody is ever banned", "write an entry, or: use sshd")
	case hits == 0 && received(s) > 0:
		r.add(Warning, "rules", fmt.Sprintf("none of %d entries of %s has ever hit", s.Rules.Entries, file), "syslog-blacklist explain 'LINE'")
	case hits > 0:
		r.addf(Good, "rules", "%d entries of %s, %d hits, the last %s", s.Rules.Entries, file, hits, last.In(f.Now.Location()).Format(time.DateTime))
	default:
		r.addf(Good, "rules", "%d entries of %s", s.Rules.Entries, file)
	}
	if lost > 0 {
		r.add(Warning, "rules", fmt.Sprintf("%d hits were of sessions whose address is not known", lost), "syslog-blacklist status")
	}
	if s.Counts.Late > 0 {
		r.add(Warning, "rules", fmt.Sprintf("%d hits came late, with a time long past", s.Counts.Late), "timedatectl   # on the sender too")
	}
}

// lists tells what of the files that always and never name is not in force.
func (r *report) lists(f *Facts) {
	for _, l := range f.Status.Lists {
		for _, fault := range l.Faults {
			r.add(Warning, "lists", l.Directive+": "+fault, "mend the file: it is read again by itself, within seconds")
		}
	}
}

// notify tells whom the daemon could not tell.
func (r *report) notify(f *Facts) {
	for _, n := range f.Status.Notify {
		switch {
		case n.Dropped > 0:
			r.add(Warning, "notify", fmt.Sprintf("%s was not told of %d bans and troubles", n.Target, n.Dropped), "journalctl -u syslog-blacklist | grep notify")
		case n.Failed > 0 && n.Sent == 0:
			r.add(Warning, "notify", fmt.Sprintf("%s could not be told so far, in %d attempts", n.Target, n.Failed), "journalctl -u syslog-blacklist | grep notify")
		case n.Sent > 0:
			r.addf(Good, "notify", "%s was sent %d messages", n.Target, n.Sent)
		}
	}
}

// reports tells which reports did not go out.
func (r *report) reports(f *Facts) {
	s := f.Status.Reports
	if s == nil {
		return
	}
	if s.Dropped > 0 {
		r.add(Warning, "reports", fmt.Sprintf("%d reports were given up", s.Dropped), "syslog-blacklist report list   # and: report send ID")
	}
	if s.StoreErrors > 0 {
		r.add(Warning, "reports", fmt.Sprintf("%d times an incident could not be written to disk", s.StoreErrors), "journalctl -u syslog-blacklist | grep report")
	}
	r.addf(Good, "reports", "%d incidents are open, %d reports went out", s.Open, s.Sent)
}

// lookups tells who does not answer, and which databases can't be read.
func (r *report) lookups(f *Facts) {
	mend := map[string]string{
		"name":    "look after the nameservers of /etc/resolv.conf",
		"contact": "syslog-blacklist why ADDRESS   # tells what went wrong",
	}
	for _, l := range f.Status.Lookups {
		if l.Failed > 0 && l.Failed == l.Questions {
			r.add(Warning, "lookup", fmt.Sprintf("none of %d questions for a %s was answered", l.Questions, l.Kind), mend[l.Kind])
		}
	}
	for _, d := range f.Status.Databases {
		if d.Fault != "" {
			r.add(Warning, "lookup", "database "+d.Path+": "+d.Fault, "put the publisher's file there, readable by the daemon's user: it is read again by itself, within seconds")
		}
	}
}

// nearlyFull is the share of its capacity, in percent, from which a set is told.
const nearlyFull = 90

func (r *report) sets(f *Facts) {
	if f.Kernel != nil {
		return
	}
	var missing []string
	level := Good
	for _, s := range f.Sets {
		mend := "raise size in sets: and restart the daemon"
		switch {
		case s.Capacity == 0:
			missing = append(missing, s.Name)
		case s.Entries >= s.Capacity:
			level = Wrong
			r.add(level, "sets", fmt.Sprintf("%s is full: it holds %d", s.Name, s.Entries), mend)
		case 100*s.Entries >= nearlyFull*s.Capacity:
			level = Warning
			r.add(level, "sets", fmt.Sprintf("%s is nearly full: it holds %d of %d", s.Name, s.Entries, s.Capacity), mend)
		}
	}
	switch {
	case len(missing) > 0:
		r.add(Wrong, "sets", "not there: "+strings.Join(missing, ", "), "syslog-blacklist sets")
	case level == Good:
		r.addf(Good, "sets", "all %d are there, and have room", len(f.Sets))
	}
}

func (r *report) firewall(f *Facts) {
	const apply = "syslog-blacklist firewall apply"
	if f.FirewallErr != nil {
		r.add(Unknown, "firewall", f.FirewallErr.Error(), "sudo syslog-blacklist doctor")
	}
	available := 0
	for _, s := range f.Firewall {
		if s.State != firewall.Unavailable {
			available++
		}
	}
	for _, s := range f.Firewall {
		switch {
		case s.State == firewall.Unavailable && available > 0:
			r.add(Warning, "firewall", s.String())
		case s.State == firewall.Unavailable:
			r.add(Wrong, "firewall", s.String(), "apt install iptables   # or your distribution's command")
		case s.State == firewall.Absent && f.used(s.Family):
			r.addf(Warning, "firewall", "%s: a rule of your own uses the blacklist; ours are absent", s.Family)
		case s.State != firewall.Present:
			r.add(Wrong, "firewall", s.String(), apply)
		case s.Twice != "":
			r.add(Warning, "firewall", s.String(), "syslog-blacklist firewall remove", apply)
		case len(s.Before) > 0:
			r.add(Warning, "firewall", s.String()+"\n"+strings.Join(s.Before, "\n"), apply)
		default:
			r.addf(Good, "firewall", "%s: our rules come first, in %s", s.Family, s.Backend)
		}
	}
}

// used tells whether a rule, of whomever, uses the family's blacklist.
func (f *Facts) used(family firewall.Family) bool {
	return slices.ContainsFunc(f.Sets, func(s Set) bool { return s.Drops && s.Used && s.Family == family })
}
