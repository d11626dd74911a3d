package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/mail"
)

const (
	lookTime   = time.Minute     // between looks at what is to be done
	sendTime   = time.Minute     // of one attempt
	reviewTime = time.Hour       // between two mails for review
	retryFirst = 5 * time.Minute // doubles with each failure
	maxTries   = 8               // 21 hours in all
)

// hopeless is a failure that trying again would not mend.
type hopeless struct{ error }

// isHopeless tells whether that is so of err, and of all errors that it joins.
func isHopeless(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return !isHopeless(e) })
	}
	return errors.As(err, new(hopeless)) || errors.As(err, new(mail.Refused))
}

// deliver mails what is complete, and sends it where that is asked for, until ctx ends.
func (r *Reporter) deliver(ctx context.Context) {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for {
		r.look(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look does what is due at the moment now: one mail for review with all that is
// complete, and then what goes out by itself.
func (r *Reporter) look(ctx context.Context, now time.Time) {
	r.store.expire(now)
	var complete []string
	for _, i := range r.store.all() {
		if i.State == Open && now.Sub(i.Created) >= r.cfg.Wait && !now.Before(i.Next) {
			complete = append(complete, i.ID)
		}
	}
	if r.cfg.Mail != nil && len(complete) > 0 && now.Sub(r.mailed) >= reviewTime {
		r.draft(ctx, complete, now)
	}
	for _, i := range r.store.all() {
		if r.cfg.Automatically && i.State == Reviewed && !now.Before(i.Next) && ctx.Err() == nil {
			r.sendByItself(ctx, i.ID, now)
		}
	}
}

func (r *Reporter) sendByItself(ctx context.Context, id string, now time.Time) {
	r.sending.Lock()
	defer r.sending.Unlock()
	_, err := r.sendAll(ctx, id, now)
	switch {
	case err == nil || ctx.Err() != nil || errors.Is(err, ErrSent) || errors.Is(err, ErrUnknown): // or by hand meanwhile
	case errors.Is(err, ErrNobody): // the mail for review has said so
		r.store.update(id, func(i *Incident) { i.State, i.Fault = GivenUp, err.Error() })
		r.dropped.Add(1)
	default:
		r.failedOnce(id, now, err)
	}
}

// draft mails incidents to the administrator.
func (r *Reporter) draft(ctx context.Context, ids []string, now time.Time) {
	r.sending.Lock()
	defer r.sending.Unlock()
	asking, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	var review review
	for _, id := range ids {
		r.catchUp(asking, id)
		i := r.store.get(id)
		if i == nil || i.State != Open { // it had to make room, or was sent by hand
			continue
		}
		reports, err := r.Render(i, now)
		if err != nil {
			r.failedOnce(id, now, hopeless{err})
			continue
		}
		review.add(i, reports)
	}
	if len(review.incidents) == 0 {
		return
	}
	mailing, end := context.WithTimeout(ctx, sendTime)
	defer end()
	err := r.cfg.Mail.Send(mailing, review.message(&r.cfg, now))
	if err != nil && ctx.Err() != nil { // the daemon stops: the next one mails them
		return
	}
	if err == nil {
		r.mailed = now
	}
	for _, i := range review.incidents {
		if err != nil {
			r.failedOnce(i.ID, now, err)
			continue
		}
		r.drafted.Add(1)
		r.store.update(i.ID, func(i *Incident) { i.State, i.Drafted, i.Tries, i.Fault = Reviewed, now, 0, "" })
		r.log.Info("report "+i.ID+" was mailed for review", "about", i.title())
	}
}

// failedOnce puts the next attempt off, or gives up.
func (r *Reporter) failedOnce(id string, now time.Time, err error) {
	given := false
	r.store.update(id, func(i *Incident) {
		i.Tries++
		i.Fault = mail.Printable(err.Error())
		i.Next = now.Add(retryFirst << (i.Tries - 1))
		if given = isHopeless(err) || i.Tries >= maxTries; given {
			i.State = GivenUp
		}
	})
	r.failed.Add(1)
	if given {
		r.dropped.Add(1)
		r.log.Error("report "+id+" failed; it is given up, unless you send it by hand", "err", err)
		return
	}
	r.log.Warn("report "+id+" failed; it is tried again", "err", err)
}

// Errors of Send.
var (
	ErrUnknown = errors.New("there is no such report")
	ErrSent    = errors.New("it was sent already")
	ErrNobody  = errors.New("nobody is known to send it to")
)

// Send sends an incident by every way that it has not gone yet, and tells by which
// it went. The administrator has asked for it.
func (r *Reporter) Send(ctx context.Context, id string, now time.Time) ([]Way, error) {
	r.sending.Lock()
	defer r.sending.Unlock()
	if r.store.get(id) == nil {
		return nil, ErrUnknown
	}
	r.catchUp(ctx, id)
	ways, err := r.sendAll(ctx, id, now)
	if err != nil && !errors.Is(err, ErrSent) && !errors.Is(err, ErrNobody) {
		r.failed.Add(1)
		r.store.update(id, func(i *Incident) { i.Fault = mail.Printable(err.Error()) })
	}
	return ways, err
}

// sendAll sends by the ways that are left. A way that fails does not hold up the next.
func (r *Reporter) sendAll(ctx context.Context, id string, now time.Time) (ways []Way, err error) {
	i := r.store.get(id)
	if i == nil {
		return nil, ErrUnknown
	}
	if i.State == Sent {
		return nil, ErrSent
	}
	reports, err := r.Render(i, now)
	if err != nil {
		return nil, hopeless{err}
	}
	var faults []error
	nobody := len(i.SentBy) == 0
	for n := range reports {
		x := &reports[n]
		if _, done := i.SentBy[x.Way]; done || len(x.To) == 0 {
			continue
		}
		nobody = false
		if err := r.send(ctx, x); err != nil {
			faults = append(faults, fmt.Errorf("send %s to %s: %w", x.Way, strings.Join(x.To, ", "), err))
			continue
		}
		ways = append(ways, x.Way)
		r.sent.Add(1)
		r.store.update(id, func(i *Incident) { i.SentBy[x.Way] = now })
		r.log.Info(fmt.Sprintf("report %s was sent", id), "by", x.Way, "to", strings.Join(x.To, ", "), "about", i.title())
	}
	switch {
	case nobody:
		return nil, ErrNobody
	case len(faults) > 0:
		return ways, errors.Join(faults...)
	}
	r.store.update(id, func(i *Incident) { i.State, i.Fault = Sent, "" })
	return ways, nil
}

// List returns the incidents, the youngest first.
func (r *Reporter) List() []*Incident { return r.store.all() }

// Get returns an incident, or ErrUnknown.
func (r *Reporter) Get(id string) (*Incident, error) {
	if i := r.store.get(id); i != nil {
		return i, nil
	}
	return nil, ErrUnknown
}
