// Package daemon wires the stages together: receivers hand batches to the rules,
// hits go to the ledger, and one goroutine keeps the kernel's sets equal to the
// ledger. It follows who is spared, reloads the rules, says what happens, and
// serves the page and the metrics.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/internal/notify"
	"syslog-blacklist/internal/report"
	"syslog-blacklist/internal/spare"
	"syslog-blacklist/ipset"
	"syslog-blacklist/receiver"
	"syslog-blacklist/rules"
)

// Daemon is one syslog-blacklist, opened and ready to run.
type Daemon struct {
	cfg       *config.Config
	log       *slog.Logger
	ledger    *ledger.Ledger
	handler   *handler
	spared    *spare.List
	names     *names
	lists     *lists
	follower  *follower
	sets      *sets
	fixed     *fixed
	enforcer  *enforcer
	comparer  *comparer
	trust     *receiver.Trust
	listeners []*receiver.Listener
	metrics   *metrics.Metrics
	web       net.Listener    // nil: off
	control   *control.Socket // nil: it could not be had, and nobody asked for it
	operator  *operator
	prover    *prover
	disk      *ledger.Disk // nil: a dry run
	kernels   []kernel
	notifier  *notify.Notifier // nil: nobody is to be told
	lookup    *lookup.Lookup
	reporter  *report.Reporter // nil: nothing is reported

	fixing  sync.Mutex // orders fixElements
	loading sync.Mutex // orders Reload
	scrape  sync.Mutex // guards scraper
	scraper kernel

	ready      atomic.Bool
	reloadOK   atomic.Bool
	reloadTime atomic.Int64 // Unix nanoseconds

	mu      sync.Mutex
	entries map[string]*entryCounters // by name
}

// Open prepares everything that can fail: the rules, the listeners, the web
// address, and last the kernel's sets, so that a mistake changes nothing there.
func Open(ctx context.Context, cfg *config.Config, build metrics.Build, log *slog.Logger) (*Daemon, error) {
	set, faults := LoadRules(cfg)
	if set == nil {
		return nil, faultsError(cfg.Rules, faults)
	}
	told, log, err := newNotifier(cfg, log)
	if err != nil {
		return nil, err
	}
	d := &Daemon{
		cfg: cfg, log: log, notifier: told, spared: spare.New(), lists: newLists(log),
		sets: newSets(cfg), entries: map[string]*entryCounters{},
	}
	if err := d.dialAll(); err != nil { // first, since without the privilege nothing else matters
		return nil, err
	}
	d.names = newNames(cfg.State, log)
	d.lookup = lookup.New(cfg.Lookup, log)
	d.operator = &operator{Daemon: d, version: build.Version, started: time.Now()}
	d.ledger = newLedger(cfg, d.spared)
	d.metrics = metrics.New(build, d.snapshot)
	d.follow()
	if err := d.listen(); err != nil {
		return nil, err
	}
	d.handler = newHandler(d.ledger, d.listeners)
	d.prover = newProver(log)
	if err := errors.Join(d.openDisk(), d.openReporter()); err != nil {
		return nil, errors.Join(err, d.close())
	}
	if err := d.enforce(set.Entries()); err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.use(ctx, set)
	d.follower.rebuild()
	d.sparedChanged() // what the disk and the kernel held may be spared by now
	if err := d.enforcer.fill(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.warn(faults)
	return d, nil
}

func newLedger(cfg *config.Config, spared *spare.List) *ledger.Ledger {
	return ledger.New(ledger.Config{
		Prefix4: cfg.Prefix.IPv4, Prefix6: cfg.Prefix.IPv6, History: cfg.History, Tracked: cfg.Limits.Tracked,
		BansPerSecond: cfg.Limits.BansPerSecond, Burst: cfg.Limits.Burst, Capacity: cfg.Sets.Size,
	}, spared)
}

// follow prepares the list of the spared.
func (d *Daemon) follow() {
	var trusted []netip.Prefix
	var senders []receiver.Sender
	for _, t := range d.cfg.Trust {
		trusted = append(trusted, t.Net)
		senders = append(senders, receiver.Sender{Prefix: t.Net, Name: t.Name})
	}
	d.trust = receiver.NewTrust(senders...)
	d.follower = &follower{
		list: d.spared, log: d.log, trust: trusted, senders: d.senders, names: d.names, lists: d.lists,
		changed: d.sparedChanged, kick: make(chan struct{}, 1),
	}
}

// listen binds the listeners and the web address.
func (d *Daemon) listen() (err error) {
	t := d.cfg.TLS
	d.listeners, err = receiver.Open(d.cfg.Listen, receiver.Options{
		Trust: d.trust, TrustUsers: d.cfg.TrustUsers,
		TLS:  receiver.TLS{Cert: t.Cert, Key: t.Key, ClientCA: t.ClientCA, PermittedPeers: t.PermittedPeers},
		Line: d.cfg.Limits.Line, Connections: d.cfg.Limits.Connections, Idle: d.cfg.Limits.Idle,
		State: d.cfg.State, PeersChanged: d.follower.Kick, Logger: d.log,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(d.openWeb(), d.openControl()); err != nil {
		return errors.Join(err, d.close())
	}
	return nil
}

// enforce prepares the kernel's sets and takes over what they hold. The writer,
// the comparer, the metrics and the operator have a kernel each: a netlink socket has one owner.
func (d *Daemon) enforce(entries []*rules.Entry) error {
	k := d.kernels
	if err := errors.Join(d.sets.ensure(k[0], d.log), d.sets.enlarge(k[0], d.log)); err != nil {
		return err
	}
	d.enforcer = newEnforcer(k[0], d.sets, d.ledger, d.spared, d.log)
	d.enforcer.latency = d.metrics.BanLatency.Observe
	d.enforcer.notifier, d.enforcer.lookup = d.notifier, d.lookup
	d.fixed = d.enforcer.fixed
	d.comparer = &comparer{enforcer: d.enforcer, reader: k[1], interval: compareInterval, unused: map[string]bool{}}
	d.scraper, d.operator.kernel = k[2], k[3]
	d.comparer.entries = map[string]bool{}
	for _, e := range entries {
		d.comparer.entries[ipset.CleanComment(e.Name)] = true
	}
	return d.comparer.adopt()
}

// dialAll opens a kernel for the writer, the comparer, the metrics and the
// operator: a netlink socket has one owner. It fails without the privilege.
func (d *Daemon) dialAll() error {
	for range 4 {
		k, err := d.dial()
		if err != nil {
			return errors.Join(err, d.close())
		}
		d.kernels = append(d.kernels, k)
	}
	return nil
}

// dial opens a kernel. A dry run has one model for all.
func (d *Daemon) dial() (kernel, error) {
	if !d.cfg.DryRun {
		return ipset.Dial()
	}
	if len(d.kernels) == 0 {
		return newModel(bootTime), nil
	}
	return d.kernels[0], nil
}

// close gives back what Open bound.
func (d *Daemon) close() error {
	var faults []error
	for _, l := range d.listeners {
		faults = append(faults, l.Close())
	}
	if d.web != nil {
		faults = append(faults, d.web.Close())
	}
	if d.control != nil {
		faults = append(faults, d.control.Close())
	}
	if d.disk != nil {
		faults = append(faults, d.disk.Close())
	}
	for _, k := range d.kernels {
		faults = append(faults, k.Close())
	}
	return errors.Join(faults...)
}

// senders lists who is connected now.
func (d *Daemon) senders() []netip.Addr {
	var out []netip.Addr
	for _, l := range d.listeners {
		out = append(out, l.Peers()...)
	}
	return out
}

// sparedChanged lifts what the spared cover now, and tells the kernel.
func (d *Daemon) sparedChanged() {
	for _, e := range d.ledger.LiftSpared(now()) {
		d.enforcer.say.ended(e)
	}
	d.fixElements()
}

// fixElements makes the spared and the rules' always stand in the kernel.
func (d *Daemon) fixElements() {
	d.fixing.Lock() // or an older list could overtake a newer one
	defer d.fixing.Unlock()
	d.fixed.Want(d.sets, d.spared.Kernel(), d.blackout(d.handler.rules.Load().set))
}

// blackout is what always names in the rules and in the lists.
func (d *Daemon) blackout(set *rules.Set) []netip.Prefix {
	return slices.Concat(set.Always(), d.lists.Always())
}

// listsChanged puts the lists in force that were read anew.
func (d *Daemon) listsChanged() {
	d.loading.Lock() // or rules of before could overtake a reload's
	defer d.loading.Unlock()
	set := d.handler.rules.Load().set
	d.ledger.SetRules(set.Recidive(), d.blackout(set))
	d.follower.Kick()
	d.fixElements()
}

func (d *Daemon) warn(faults []rules.Fault) {
	for _, f := range faults {
		if f.Severity == rules.Warning {
			d.log.Warn(f.Error())
		}
	}
}

// Addr returns where the i-th listener listens, for callers that let the system
// choose a port.
func (d *Daemon) Addr(i int) net.Addr { return d.listeners[i].Addr() }

// WebAddr returns where the metrics are served; nil when they are not.
func (d *Daemon) WebAddr() net.Addr {
	if d.web == nil {
		return nil
	}
	return d.web.Addr()
}

// describe says at start what is listened to and enforced.
func (d *Daemon) describe() {
	for _, l := range d.listeners {
		attrs := []any{}
		if n := l.Stats().ReceiveBuffer; n > 0 {
			attrs = append(attrs, "receive_buffer", n)
		}
		d.log.Info("listening on "+l.URL(), attrs...)
	}
	if d.web != nil {
		d.log.Info("serving the page and /metrics on http://" + d.web.Addr().String())
	}
	if d.cfg.DryRun {
		d.log.Warn("dry run: nothing is written to the kernel")
	}
	d.log.Info(fmt.Sprintf("%d entries of rules, %d bans in force", len(d.handler.rules.Load().set.Entries()), d.ledger.Stats().BansActive))
}
