package daemon

import (
	"context"
	"errors"
	"net/http"
	"time"

	"syslog-blacklist/internal/control"
	"syslog-blacklist/internal/ledger"
	"syslog-blacklist/internal/metrics"
	"syslog-blacklist/internal/report"
)

// openReporter prepares the reports that the configuration asks for. A dry run bans
// nobody, and reports nobody.
func (d *Daemon) openReporter() (err error) {
	if d.cfg.Report == nil || d.cfg.DryRun {
		return nil
	}
	if d.cfg.State == "" {
		return errors.New("report needs state: a directory that keeps incidents until they are sent")
	}
	cfg := *d.cfg.Report
	cfg.Prefix4, cfg.Prefix6 = d.cfg.Prefix.IPv4, d.cfg.Prefix.IPv6
	d.reporter, err = report.New(cfg, d.cfg.State, d.lookup.Ask, d.log)
	d.handler.reporter = d.reporter
	return err
}

// sight shows the reporter a line that counts against its address.
func (h *handler) sight(t ledger.Time, r *ledger.Report, out *ledger.Outcome) {
	if h.reporter == nil {
		return
	}
	switch out.Result {
	case ledger.Counted, ledger.Banned, ledger.AlreadyBanned:
	default:
		return
	}
	at := t.Wall
	if !r.At.IsZero() && at.Sub(r.At) > ledger.LateAfter {
		at = r.At
	}
	h.reporter.Sight(&report.Sighting{
		At: at, Hit: r.Hit, Addr: out.Addr, Repeat: r.Repeat, Host: r.Host, Line: r.Line, Banned: out.Result == ledger.Banned,
	})
}

func (d *Daemon) snapshotReports(s *metrics.Snapshot) {
	if d.reporter == nil {
		return
	}
	n := d.reporter.Stats()
	s.Reports = &metrics.Reports{
		Open: n.Open, Drafted: n.Drafted, Sent: n.Sent, Failed: n.Failed, Dropped: n.Dropped, Lost: n.Lost, Evicted: n.Evicted, StoreErrors: n.StoreErrors,
	}
}

// errNoReports is the answer while the configuration has no report.
var errNoReports = control.Refuse(http.StatusConflict, "report: in the configuration turns them on; see syslog-blacklist.yaml(5)", "reports are off")

// Reports lists the incidents, the youngest first.
func (o *operator) Reports(context.Context) ([]control.Report, error) {
	if o.reporter == nil {
		return nil, errNoReports
	}
	out := []control.Report{}
	for _, i := range o.reporter.List() {
		out = append(out, o.incident(i))
	}
	return out, nil
}

// Report tells an incident, and how it would be sent.
func (o *operator) Report(_ context.Context, id string) (control.Report, error) {
	if o.reporter == nil {
		return control.Report{}, errNoReports
	}
	i, err := o.reporter.Get(id)
	if err != nil {
		return control.Report{}, control.Refuse(http.StatusNotFound, "syslog-blacklist report list shows them", "report %s: %v", id, err)
	}
	out := o.incident(i)
	rendered, err := o.reporter.Render(i, time.Now())
	for _, x := range rendered {
		r := control.Rendered{Way: string(x.Way), To: x.To, Subject: x.Subject, Text: x.Text, Raw: x.Raw}
		for _, p := range x.Parts {
			r.Parts = append(r.Parts, control.Part{Name: p.Name, Text: string(p.Body)})
		}
		out.Rendered = append(out.Rendered, r)
	}
	return out, err
}

func (o *operator) sendReport(ctx context.Context, order control.Order, a *control.Answer) error {
	if o.reporter == nil {
		return errNoReports
	}
	ways, err := o.reporter.Send(ctx, order.Report, time.Now())
	for _, w := range ways {
		note(a, "report %s was sent by %s", order.Report, w)
	}
	a.Count = len(ways)
	switch {
	case errors.Is(err, report.ErrUnknown):
		return control.Refuse(http.StatusNotFound, "syslog-blacklist report list shows them", "send report %s: %v", order.Report, err)
	case errors.Is(err, report.ErrSent):
		return control.Refuse(http.StatusConflict, "", "send report %s: %v", order.Report, err)
	case errors.Is(err, report.ErrNobody):
		return control.Refuse(http.StatusConflict, "name the network's abuse desk under report.desks in the configuration, and restart the daemon",
			"send report %s: %v", order.Report, err)
	case err != nil:
		return control.Refuse(http.StatusBadGateway, "what went out is not sent again: try once more", "send report %s: %v", order.Report, err)
	}
	return nil
}

func (o *operator) incident(i *report.Incident) control.Report {
	out := control.Report{
		ID: i.ID, Day: i.Day, Network: address(i.Network), Kind: i.Kind.String(), Holder: i.Holder, Desk: append([]string{}, o.reporter.Desks(i)...), State: string(i.State),
		First: second(i.First), Last: second(i.Last), Count: i.Count, More: i.More, Fault: i.Fault, Drafted: moment(i.Drafted),
		Entries: i.Entries, Sources: []control.Source{}, Lines: []string{}, Sent: map[string]time.Time{},
	}
	for _, s := range i.Sources {
		out.Sources = append(out.Sources, control.Source{
			Address: s.Address.String(), Name: s.Name, First: second(s.First), Last: second(s.Last), Count: s.Count, Ports: s.Ports,
		})
	}
	for _, l := range i.Lines {
		out.Lines = append(out.Lines, second(l.At).Format(time.RFC3339)+" "+l.Text)
	}
	for w, t := range i.SentBy {
		out.Sent[string(w)] = second(t)
	}
	return out
}
