// Package metrics turns the daemon's counters into what Prometheus scrapes. It
// keeps no counters of its own but the histogram of ban latency: state is read
// at each scrape, from a plain Snapshot that the daemon fills.
package metrics

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Snapshot is the daemon's state at one scrape.
type Snapshot struct {
	Sources []Source
	Entries []Entry
	Senders []Sender
	Sets    []Set
	// FirewallRule tells by family, "ipv4" and "ipv6", whether a rule uses the blacklist.
	FirewallRule    map[string]bool
	Late            uint64
	BansActive      int
	HitsWhileBanned uint64
	StrikesTracked  int
	StrikesEvicted  uint64
	BreakerTrips    map[string]uint64 // by source
	KernelErrors    map[string]uint64 // by operation
	KernelPending   int
	StateErrors     uint64
	RulesEntries    int
	ReloadOK        bool
	ReloadTime      time.Time // of the last good one
	Lookups         []Lookup
	Databases       []Database
	Notify          []Notify
	Reports         *Reports // nil: off
	Lists           []List
}

// Source is one listener.
type Source struct {
	Name     string
	Received uint64
	Dropped  map[string]uint64 // by reason
	Trouble  string            // what must be mended although it works, or ""
}

// Entry is the entries of one name in the rules file.
type Entry struct {
	Name                           string
	Hits, Bans, Accepts, NoAddress uint64
	Spared                         map[string]uint64 // by reason
	LastHit                        time.Time         // zero: never
}

// Sender is a named entry of trust.
type Sender struct {
	Name string
	Last time.Time // zero: never
}

// Set is one kernel set.
type Set struct {
	Name                         string
	Entries, Capacity            int
	Dropped                      bool // whether its packets are dropped ones
	DroppedPackets, DroppedBytes uint64
}

// Notify is one target of notify. Sent are messages, Failed attempts, Dropped the
// bans and troubles that it was not told of.
type Notify struct {
	Target                string
	Sent, Failed, Dropped uint64
}

// List is the files that one directive of the rules, always or never, names.
type List struct {
	Directive string
	Prefixes  int
	Faults    []string // what could not be read, a sentence for each file
}

// Lookup is one kind of question about addresses. Dropped were never asked, Evicted
// are answers forgotten before their time.
type Lookup struct {
	Kind                                string // name or contact
	Questions, Failed, Dropped, Evicted uint64
}

// Database is a file that lookups read.
type Database struct {
	Path  string
	Built time.Time // zero: none could be read
	Fault string    // of the file as it is now, or empty
}

// Reports is what became of incidents. Open are those that nobody has sent. Drafted
// and Sent are mails and posts, Failed attempts; Dropped are reports that were given
// up, Lost bans that became none, Evicted networks whose lines had to make room.
type Reports struct {
	Open                                                       int
	Drafted, Sent, Failed, Dropped, Lost, Evicted, StoreErrors uint64
}

// Metrics is the collector, and the one histogram that is fed as things happen.
type Metrics struct {
	// BanLatency is seconds from a message's arrival to the kernel's acknowledgement.
	BanLatency prometheus.Histogram
	registry   *prometheus.Registry
}

// Build is what the program that runs was built from. Revision may be empty.
type Build struct {
	Version, Revision string
}

// New returns the metrics of one daemon in a registry of their own. snapshot is
// called at each scrape, possibly by several goroutines at once.
func New(b Build, snapshot func() Snapshot) *Metrics {
	m := &Metrics{
		BanLatency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    BanLatency,
			Help:    "Time from a message's arrival to the kernel's acknowledgement of the ban.",
			Buckets: prometheus.ExponentialBuckets(50e-6, 4, 10),
		}),
		registry: prometheus.NewRegistry(),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: BuildInfo, Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.BanLatency, build, collector{snapshot})
	return m
}

// Registry is what a handler serves.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }
