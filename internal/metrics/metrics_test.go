package metrics_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"syslog-blacklist/internal/metrics"
)

func full() metrics.Snapshot {
	return metrics.Snapshot{
		Sources: []metrics.Source{{Name: "udp://127.0.0.1:5514", Received: 7, Dropped: map[string]uint64{"kernel": 2}, Trouble: "expired"}},
		Entries: []metrics.Entry{{Name: "failed ssh user", Hits: 5, Bans: 1, Accepts: 2, NoAddress: 3,
			Spared: map[string]uint64{"own": 1}, LastHit: time.Unix(1_700_000_000, 5e8)}},
		Senders:      []metrics.Sender{{Name: "mail"}},
		Sets:         []metrics.Set{{Name: "blacklist", Entries: 4, Capacity: 9, Dropped: true, DroppedPackets: 11, DroppedBytes: 12}, {Name: "whitelist"}},
		FirewallRule: map[string]bool{"ipv4": true},
		BreakerTrips: map[string]uint64{"192.0.2.7": 1},
		KernelErrors: map[string]uint64{"add": 1},
		Late:         1, BansActive: 4, HitsWhileBanned: 6, StrikesTracked: 8, StrikesEvicted: 9, KernelPending: 10,
		RulesEntries: 1, ReloadOK: true, ReloadTime: time.Unix(1_700_000_001, 0),
		Lookups:   []metrics.Lookup{{Kind: "name", Questions: 16, Failed: 17, Dropped: 18, Evicted: 19}},
		Databases: []metrics.Database{{Path: "/asn.mmdb", Built: time.Unix(1_700_000_002, 0), Fault: "none"}},
		Notify:    []metrics.Notify{{Target: "mail", Sent: 13, Failed: 14, Dropped: 15}},
		Lists:     []metrics.List{{Directive: "never", Prefixes: 16, Faults: []string{"one", "two"}}},
		Reports:   &metrics.Reports{Open: 21, Drafted: 22, Sent: 23, Failed: 24, Dropped: 25, Lost: 26, Evicted: 28, StoreErrors: 27},
	}
}

func TestASnapshotBecomesTheseSeries(t *testing.T) {
	m := metrics.New(metrics.Build{Version: "v1", Revision: "abc"}, full)
	want := `
# HELP syslog_blacklist_build_info Always 1; the labels say what runs.
# TYPE syslog_blacklist_build_info gauge
syslog_blacklist_build_info{goversion="` + runtime.Version() + `",revision="abc",version="v1"} 1
# HELP syslog_blacklist_entry_last_hit_timestamp_seconds When an entry last recognised a message.
# TYPE syslog_blacklist_entry_last_hit_timestamp_seconds gauge
syslog_blacklist_entry_last_hit_timestamp_seconds{entry="failed ssh user"} 1.7000000005e+09
# HELP syslog_blacklist_firewall_rule_present Whether a firewall rule uses the blacklist.
# TYPE syslog_blacklist_firewall_rule_present gauge
syslog_blacklist_firewall_rule_present{family="ipv4"} 1
# HELP syslog_blacklist_list_faults Files that always or never names and that can't be read, or not wholly.
# TYPE syslog_blacklist_list_faults gauge
syslog_blacklist_list_faults{directive="never"} 2
# HELP syslog_blacklist_list_prefixes Prefixes in the files that always or never names.
# TYPE syslog_blacklist_list_prefixes gauge
syslog_blacklist_list_prefixes{directive="never"} 16
# HELP syslog_blacklist_lookup_database_build_timestamp_seconds When a database of lookup was built by its publisher.
# TYPE syslog_blacklist_lookup_database_build_timestamp_seconds gauge
syslog_blacklist_lookup_database_build_timestamp_seconds{database="/asn.mmdb"} 1.700000002e+09
# HELP syslog_blacklist_lookup_database_read_successful Whether a database of lookup could be read as it is now.
# TYPE syslog_blacklist_lookup_database_read_successful gauge
syslog_blacklist_lookup_database_read_successful{database="/asn.mmdb"} 0
# HELP syslog_blacklist_lookup_dropped_total Questions about addresses that were not asked, since too many were waiting.
# TYPE syslog_blacklist_lookup_dropped_total counter
syslog_blacklist_lookup_dropped_total{kind="name"} 18
# HELP syslog_blacklist_lookup_evicted_total Answers about addresses forgotten before their time.
# TYPE syslog_blacklist_lookup_evicted_total counter
syslog_blacklist_lookup_evicted_total{kind="name"} 19
# HELP syslog_blacklist_lookup_failed_total Questions about addresses that got no answer.
# TYPE syslog_blacklist_lookup_failed_total counter
syslog_blacklist_lookup_failed_total{kind="name"} 17
# HELP syslog_blacklist_lookup_questions_total Questions about addresses that were asked.
# TYPE syslog_blacklist_lookup_questions_total counter
syslog_blacklist_lookup_questions_total{kind="name"} 16
# HELP syslog_blacklist_messages_dropped_total Messages lost or refused, by reason.
# TYPE syslog_blacklist_messages_dropped_total counter
syslog_blacklist_messages_dropped_total{reason="kernel",source="udp://127.0.0.1:5514"} 2
# HELP syslog_blacklist_notify_dropped_total Bans and troubles of messages that were given up.
# TYPE syslog_blacklist_notify_dropped_total counter
syslog_blacklist_notify_dropped_total{target="mail"} 15
# HELP syslog_blacklist_notify_failed_total Failed attempts to deliver a message to a target of notify.
# TYPE syslog_blacklist_notify_failed_total counter
syslog_blacklist_notify_failed_total{target="mail"} 14
# HELP syslog_blacklist_notify_sent_total Messages delivered to a target of notify.
# TYPE syslog_blacklist_notify_sent_total counter
syslog_blacklist_notify_sent_total{target="mail"} 13
# HELP syslog_blacklist_report_evidence_evicted_total Networks whose lines had to make room before they were banned, if ever.
# TYPE syslog_blacklist_report_evidence_evicted_total counter
syslog_blacklist_report_evidence_evicted_total 28
# HELP syslog_blacklist_report_store_errors_total Failed writes of incidents to disk.
# TYPE syslog_blacklist_report_store_errors_total counter
syslog_blacklist_report_store_errors_total 27
# HELP syslog_blacklist_reports_drafted_total Reports mailed to the administrator for review.
# TYPE syslog_blacklist_reports_drafted_total counter
syslog_blacklist_reports_drafted_total 22
# HELP syslog_blacklist_reports_dropped_total Reports that were given up.
# TYPE syslog_blacklist_reports_dropped_total counter
syslog_blacklist_reports_dropped_total 25
# HELP syslog_blacklist_reports_failed_total Failed attempts to send a report.
# TYPE syslog_blacklist_reports_failed_total counter
syslog_blacklist_reports_failed_total 24
# HELP syslog_blacklist_reports_lost_total Bans that became no incident because too much happened at once.
# TYPE syslog_blacklist_reports_lost_total counter
syslog_blacklist_reports_lost_total 26
# HELP syslog_blacklist_reports_open Incidents that were neither sent nor given up.
# TYPE syslog_blacklist_reports_open gauge
syslog_blacklist_reports_open 21
# HELP syslog_blacklist_reports_sent_total Reports that went out, one for each way.
# TYPE syslog_blacklist_reports_sent_total counter
syslog_blacklist_reports_sent_total 23
# HELP syslog_blacklist_sender_last_message_timestamp_seconds When a named sender was last heard.
# TYPE syslog_blacklist_sender_last_message_timestamp_seconds gauge
syslog_blacklist_sender_last_message_timestamp_seconds{sender="mail"} 0
# HELP syslog_blacklist_set_dropped_packets_total Packets dropped by a set, as seen at each comparison.
# TYPE syslog_blacklist_set_dropped_packets_total counter
syslog_blacklist_set_dropped_packets_total{set="blacklist"} 11
# HELP syslog_blacklist_source_trouble Whether a source must be mended although it works: the files of TLS changed, and are not taken.
# TYPE syslog_blacklist_source_trouble gauge
syslog_blacklist_source_trouble{source="udp://127.0.0.1:5514"} 1
# HELP syslog_blacklist_spared_total Hits on addresses that are never banned.
# TYPE syslog_blacklist_spared_total counter
syslog_blacklist_spared_total{entry="failed ssh user",reason="own"} 1
`
	err := testutil.GatherAndCompare(m.Registry(), strings.NewReader(want), metrics.BuildInfo, metrics.EntryLastHit, metrics.FirewallRule,
		metrics.MessagesDropped, metrics.SenderLast, metrics.SetPackets, metrics.Spared,
		metrics.NotifySent, metrics.NotifyFailed, metrics.NotifyDropped,
		metrics.LookupQuestions, metrics.LookupFailed, metrics.LookupDropped, metrics.LookupEvicted, metrics.DatabaseBuilt, metrics.DatabaseOK,
		metrics.ListPrefixes, metrics.ListFaults, metrics.SourceTrouble)
	if err != nil {
		t.Error(err)
	}
}

func TestPrometheusHasNothingToSayAgainstTheNames(t *testing.T) {
	problems, err := testutil.GatherAndLint(metrics.New(metrics.Build{Version: "v1", Revision: "abc"}, full).Registry())
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

func TestTwoDaemonsInOneProcessDoNotShareCounters(t *testing.T) {
	a, b := metrics.New(metrics.Build{Version: "v1", Revision: "abc"}, full), metrics.New(metrics.Build{Version: "v1", Revision: "abc"}, full)
	a.BanLatency.Observe(1)
	for m, want := range map[*metrics.Metrics]uint64{a: 1, b: 0} {
		families, err := m.Registry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == metrics.BanLatency {
				if got := f.Metric[0].Histogram.GetSampleCount(); got != want {
					t.Errorf("%d bans observed, want %d", got, want)
				}
			}
		}
	}
}
