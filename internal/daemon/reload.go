package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/rules"
)

// LoadRules reads the rules that cfg names. A rules file that nobody chose and
// that is not there gives the shipped defaults.
func LoadRules(cfg *config.Config) (*rules.Set, []rules.Fault) {
	if !cfg.RulesSet {
		if _, err := os.Stat(cfg.Rules); errors.Is(err, fs.ErrNotExist) {
			return rules.Default(), nil
		}
	}
	return rules.Load(cfg.Rules)
}

// RulesFile returns the file that LoadRules read set from, empty when set is the
// shipped defaults.
func RulesFile(cfg *config.Config, set *rules.Set) string {
	if set == rules.Default() {
		return ""
	}
	return cfg.Rules
}

// Reload reads the rules anew. Faulty ones change nothing; good ones are swapped
// in, and counters and bans go on by entry name. All faults are returned, the error
// has those that matter.
func (d *Daemon) Reload(ctx context.Context) ([]rules.Fault, error) {
	d.loading.Lock()
	defer d.loading.Unlock()
	set, faults := LoadRules(d.cfg)
	if set == nil {
		d.reloadOK.Store(false)
		return faults, faultsError(d.cfg.Rules, faults)
	}
	for _, name := range reworded(d.handler.rules.Load().set, set) {
		d.log.Info("the verdict of " + name + " changed: bans in force keep the time that they were given")
	}
	d.use(ctx, set)
	d.warn(faults)
	d.log.Info(fmt.Sprintf("rules loaded: %d entries", len(set.Entries())), "file", cmp.Or(RulesFile(d.cfg, set), "none: the shipped defaults"))
	return faults, nil
}

// reworded names the entries whose verdicts are others than before.
func reworded(before, after *rules.Set) (names []string) {
	was := map[string][]rules.Verdict{}
	for _, e := range before.Entries() {
		was[e.Name] = append(was[e.Name], e.Verdicts...)
	}
	is := map[string][]rules.Verdict{}
	for _, e := range after.Entries() {
		is[e.Name] = append(is[e.Name], e.Verdicts...)
	}
	for name, verdicts := range is {
		if old, there := was[name]; there && !slices.Equal(old, verdicts) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// faultsError says every fault that kept rules from being used.
func faultsError(file string, faults []rules.Fault) error {
	var lines []string
	for _, f := range faults {
		if f.Severity == rules.Error {
			lines = append(lines, f.Error())
		}
	}
	return fmt.Errorf("load rules %s: nothing was changed\n%s", file, strings.Join(lines, "\n"))
}

// use puts set in force.
func (d *Daemon) use(ctx context.Context, set *rules.Set) {
	a := &active{set: set}
	for _, e := range set.Entries() {
		a.counters = append(a.counters, d.countersOf(e.Name))
	}
	d.lists.Want(set.Lists())
	d.ledger.SetRules(set.Recidive(), d.blackout(set))
	never := set.Never()
	d.follower.never.Store(&never)
	var names []string
	for _, n := range never {
		if n.Name != "" {
			names = append(names, n.Name)
		}
	}
	d.names.Want(ctx, names)
	d.handler.rules.Store(a)
	d.prover.Want(set)
	d.follower.Kick()
	d.fixElements()
	d.reloadOK.Store(true)
	d.reloadTime.Store(time.Now().UnixNano())
}

// countersOf returns the counters of the entries named name, the same ones
// across reloads.
func (d *Daemon) countersOf(name string) *entryCounters {
	name = strings.ToValidUTF8(name, "?") // it becomes a metric's label
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.entries[name]
	if c == nil {
		c = newEntryCounters(name)
		d.entries[name] = c
	}
	return c
}
