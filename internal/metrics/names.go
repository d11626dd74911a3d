package metrics

// Every metric's name, once. Labels come from the configuration, never from
// traffic: an address or a host name from a message must not become one.
const (
	namespace = "syslog_blacklist_"

	MessagesReceived = namespace + "messages_received_total"
	MessagesDropped  = namespace + "messages_dropped_total"
	LateMessages     = namespace + "late_messages_total"
	Hits             = namespace + "hits_total"
	Spared           = namespace + "spared_total"
	NoAddress        = namespace + "no_address_total"
	Bans             = namespace + "bans_total"
	Accepts          = namespace + "accepts_total"
	BansActive       = namespace + "bans_active"
	EntryLastHit     = namespace + "entry_last_hit_timestamp_seconds"
	SenderLast       = namespace + "sender_last_message_timestamp_seconds"
	SetEntries       = namespace + "set_entries"
	SetCapacity      = namespace + "set_capacity"
	SetPackets       = namespace + "set_dropped_packets_total"
	SetBytes         = namespace + "set_dropped_bytes_total"
	FirewallRule     = namespace + "firewall_rule_present"
	HitsWhileBanned  = namespace + "hits_while_banned_total"
	StrikesTracked   = namespace + "strikes_tracked"
	StrikesEvicted   = namespace + "strikes_evicted_total"
	BreakerTrips     = namespace + "breaker_trips_total"
	KernelErrors     = namespace + "kernel_errors_total"
	KernelPending    = namespace + "kernel_changes_pending"
	StateErrors      = namespace + "state_errors_total"
	BanLatency       = namespace + "ban_latency_seconds"
	RulesEntries     = namespace + "rules_entries"
	ReloadOK         = namespace + "rules_last_reload_successful"
	ReloadTime       = namespace + "rules_last_reload_success_timestamp_seconds"
	NotifySent       = namespace + "notify_sent_total"
	NotifyFailed     = namespace + "notify_failed_total"
	NotifyDropped    = namespace + "notify_dropped_total"
	BuildInfo        = namespace + "build_info"
)
