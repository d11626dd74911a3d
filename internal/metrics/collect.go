package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type collector struct {
	snapshot func() Snapshot
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	received    = desc(MessagesReceived, "Messages read.", "source")
	dropped     = desc(MessagesDropped, "Messages lost or refused, by reason.", "source", "reason")
	troubled    = desc(SourceTrouble, "Whether a source must be mended although it works: the files of TLS changed, and are not taken.", "source")
	late        = desc(LateMessages, "Messages that arrived more than five minutes after their own time.")
	hits        = desc(Hits, "Messages that an entry recognised.", "entry")
	spared      = desc(Spared, "Hits on addresses that are never banned.", "entry", "reason")
	noAddress   = desc(NoAddress, "Hits whose address could not be known.", "entry")
	bans        = desc(Bans, "Bans that began.", "entry")
	accepts     = desc(Accepts, "Acceptances that began.", "entry")
	bansActive  = desc(BansActive, "Bans in force.")
	lastHit     = desc(EntryLastHit, "When an entry last recognised a message.", "entry")
	senderLast  = desc(SenderLast, "When a named sender was last heard.", "sender")
	setEntries  = desc(SetEntries, "Elements of a kernel set.", "set")
	setCapacity = desc(SetCapacity, "Elements that a kernel set can hold.", "set")
	setPackets  = desc(SetPackets, "Packets dropped by a set, as seen at each comparison.", "set")
	setBytes    = desc(SetBytes, "Bytes dropped by a set, as seen at each comparison.", "set")
	rule        = desc(FirewallRule, "Whether a firewall rule uses the blacklist.", "family")
	whileBanned = desc(HitsWhileBanned, "Hits of addresses that were banned already.")
	tracked     = desc(StrikesTracked, "Addresses being counted.")
	evicted     = desc(StrikesEvicted, "Addresses forgotten because too many were being counted.")
	breaker     = desc(BreakerTrips, "Bans withheld because one sender caused too many at once.", "source")
	kernelErrs  = desc(KernelErrors, "Failed operations on the kernel's sets.", "op")
	pending     = desc(KernelPending, "Changes that the kernel has not acknowledged yet.")
	stateErrs   = desc(StateErrors, "Failed writes of the state on disk.")
	entries     = desc(RulesEntries, "Entries of the rules in force.")
	reloadOK    = desc(ReloadOK, "Whether the last load of the rules succeeded.")
	told        = desc(NotifySent, "Messages delivered to a target of notify.", "target")
	tellFailed  = desc(NotifyFailed, "Failed attempts to deliver a message to a target of notify.", "target")
	untold      = desc(NotifyDropped, "Bans and troubles of messages that were given up.", "target")
	listed      = desc(ListPrefixes, "Prefixes in the files that always or never names.", "directive")
	listFaults  = desc(ListFaults, "Files that always or never names and that can't be read, or not wholly.", "directive")
	questions   = desc(LookupQuestions, "Questions about addresses that were asked.", "kind")
	unanswered  = desc(LookupFailed, "Questions about addresses that got no answer.", "kind")
	unasked     = desc(LookupDropped, "Questions about addresses that were not asked, since too many were waiting.", "kind")
	forgotten   = desc(LookupEvicted, "Answers about addresses forgotten before their time.", "kind")
	built       = desc(DatabaseBuilt, "When a database of lookup was built by its publisher.", "database")
	databaseOK  = desc(DatabaseOK, "Whether a database of lookup could be read as it is now.", "database")
	reportsOpen = desc(ReportsOpen, "Incidents that were neither sent nor given up.")
	drafted     = desc(ReportsDrafted, "Reports mailed to the administrator for review.")
	reported    = desc(ReportsSent, "Reports that went out, one for each way.")
	reportFails = desc(ReportsFailed, "Failed attempts to send a report.")
	unreported  = desc(ReportsDropped, "Reports that were given up.")
	reportsLost = desc(ReportsLost, "Bans that became no incident because too much happened at once.")
	evidence    = desc(ReportsEvicted, "Networks whose lines had to make room before they were banned, if ever.")
	reportErrs  = desc(ReportErrors, "Failed writes of incidents to disk.")
	reloadTime  = desc(ReloadTime, "When the rules were last loaded successfully.")
)

// Describe is empty: the series depend on the configuration, so this collector
// is an unchecked one.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the state once and sends it.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	s := c.snapshot()
	e := emitter(ch)
	for _, src := range s.Sources {
		e.counter(received, src.Received, src.Name)
		e.flag(troubled, src.Trouble != "", src.Name)
		for reason, n := range src.Dropped {
			e.counter(dropped, n, src.Name, reason)
		}
	}
	for _, entry := range s.Entries {
		e.entry(entry)
	}
	for _, sender := range s.Senders {
		e.time(senderLast, sender.Last, sender.Name)
	}
	for _, set := range s.Sets {
		e.set(set)
	}
	for family, present := range s.FirewallRule {
		e.flag(rule, present, family)
	}
	for source, n := range s.BreakerTrips {
		e.counter(breaker, n, source)
	}
	for op, n := range s.KernelErrors {
		e.counter(kernelErrs, n, op)
	}
	for _, n := range s.Notify {
		e.counter(told, n.Sent, n.Target)
		e.counter(tellFailed, n.Failed, n.Target)
		e.counter(untold, n.Dropped, n.Target)
	}
	for _, l := range s.Lists {
		e.gauge(listed, float64(l.Prefixes), l.Directive)
		e.gauge(listFaults, float64(len(l.Faults)), l.Directive)
	}
	for _, l := range s.Lookups {
		e.counter(questions, l.Questions, l.Kind)
		e.counter(unanswered, l.Failed, l.Kind)
		e.counter(unasked, l.Dropped, l.Kind)
		e.counter(forgotten, l.Evicted, l.Kind)
	}
	for _, d := range s.Databases {
		e.time(built, d.Built, d.Path)
		e.flag(databaseOK, d.Fault == "", d.Path)
	}
	if s.Reports != nil {
		e.reports(s.Reports)
	}
	e.counter(late, s.Late)
	e.gauge(bansActive, float64(s.BansActive))
	e.counter(whileBanned, s.HitsWhileBanned)
	e.gauge(tracked, float64(s.StrikesTracked))
	e.counter(evicted, s.StrikesEvicted)
	e.counter(stateErrs, s.StateErrors)
	e.gauge(pending, float64(s.KernelPending))
	e.gauge(entries, float64(s.RulesEntries))
	e.flag(reloadOK, s.ReloadOK)
	e.time(reloadTime, s.ReloadTime)
}

type emitter chan<- prometheus.Metric

func (e emitter) entry(entry Entry) {
	e.counter(hits, entry.Hits, entry.Name)
	e.counter(bans, entry.Bans, entry.Name)
	e.counter(accepts, entry.Accepts, entry.Name)
	e.counter(noAddress, entry.NoAddress, entry.Name)
	e.time(lastHit, entry.LastHit, entry.Name)
	for reason, n := range entry.Spared {
		e.counter(spared, n, entry.Name, reason)
	}
}

func (e emitter) reports(r *Reports) {
	e.gauge(reportsOpen, float64(r.Open))
	e.counter(drafted, r.Drafted)
	e.counter(reported, r.Sent)
	e.counter(reportFails, r.Failed)
	e.counter(unreported, r.Dropped)
	e.counter(reportsLost, r.Lost)
	e.counter(evidence, r.Evicted)
	e.counter(reportErrs, r.StoreErrors)
}

func (e emitter) set(s Set) {
	e.gauge(setEntries, float64(s.Entries), s.Name)
	e.gauge(setCapacity, float64(s.Capacity), s.Name)
	if s.Dropped {
		e.counter(setPackets, s.DroppedPackets, s.Name)
		e.counter(setBytes, s.DroppedBytes, s.Name)
	}
}

func (e emitter) counter(d *prometheus.Desc, n uint64, labels ...string) {
	e <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func (e emitter) gauge(d *prometheus.Desc, v float64, labels ...string) {
	e <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (e emitter) flag(d *prometheus.Desc, on bool, labels ...string) {
	v := 0.0
	if on {
		v = 1
	}
	e.gauge(d, v, labels...)
}

// time sends seconds since 1970, and 0 for never, so that the series exists
// from the start and an alert can be written on it.
func (e emitter) time(d *prometheus.Desc, t time.Time, labels ...string) {
	v := 0.0
	if !t.IsZero() {
		v = float64(t.UnixMilli()) / 1000
	}
	e.gauge(d, v, labels...)
}
